-- Up Migration

-- Changes of who may do what are numbered: whoever makes one moves the head first and holds its row until the commit,
-- so the order of the numbers is the order of the commits, and who has read up to a number has missed nothing.
create table security_head (
  only_row boolean primary key default true check (only_row),
  change bigint not null default 0,
  -- The change that touched the signing keys last.
  keys_change bigint not null default 0
);
insert into security_head default values;

create function next_security_change() returns bigint language sql as $$
  update security_head set change = change + 1 returning change
$$;

-- Ids of tokens and of sessions. From `until` on no token is left that this could concern.
create table revoked_tokens (
  token_id text collate "C" primary key,
  until bigint not null,
  change bigint not null
);
create index revoked_tokens_change on revoked_tokens (change);
create index revoked_tokens_until on revoked_tokens (until);

-- `profile` holds an account's name, avatar and roles where they changed while older tokens are about; `roles` those
-- that this server gave to a user of another issuer.
create table standings (
  user_id text collate "C" primary key,
  revoked_before bigint not null default 0,
  profile json,
  roles text[],
  until bigint not null,
  change bigint not null
);
create index standings_change on standings (change);
create index standings_until on standings (until);

-- Down Migration

drop table standings;
drop table revoked_tokens;
drop function next_security_change;
drop table security_head;
