-- Up Migration

-- Users whom other issuers vouch for, as their newest token told of them. Times are ms since the epoch.
create table users (
  id text collate "C" primary key,
  issuer text not null,
  subject text not null,
  name text not null,
  avatar text,
  roles text[] not null,
  client_id text,
  first_seen_at bigint not null,
  last_seen_at bigint not null
);

-- Down Migration

drop table users;
