-- Up Migration

alter table accounts add column avatar text;

-- When the family's newest tokens were signed.
alter table refresh_families add column used_at bigint not null default 0;
update refresh_families set used_at = expires_at - 2592000000 where expires_at > 0;

-- Whoever locks several of these rows goes from accounts over refresh_families and names to security_head, so that none
-- waits for another in a circle.

-- Gives an account another password, if it is still `known` (null: whatever it is), ends all of its families, revokes
-- every token that it has, and begins the family `next_family` unless that is null. Answers with the time before which
-- tokens are revoked, which is when the new family's first tokens are signed, or null when nothing was done. A time that
-- a login wrote, by another server's clock perhaps, may lie behind `at`.
--
-- A statement of a plpgsql function sees what was committed before that statement began: a login that had the account's
-- row until now has its family among those that end.
create function change_password(
  account text, known text, next_hash text, next_family text, next_secret text, lifetime bigint, longest bigint,
  at bigint
) returns bigint language plpgsql as $$
declare
  before bigint;
begin
  update accounts set password_hash = next_hash
    where id = account and (known is null or password_hash = known);
  if not found then
    return null;
  end if;
  with ended as (delete from refresh_families where account_id = account returning used_at)
  select greatest(at, max(used_at) + 1) into before from ended;
  if next_family is not null then
    insert into refresh_families (family, account_id, secret, expires_at, used_at)
      values (next_family, account, next_secret, before + lifetime, before);
  end if;
  insert into standings (user_id, revoked_before, until, change)
    values (account, before, before + longest, next_security_change())
    on conflict (user_id) do update set
      revoked_before = greatest(standings.revoked_before, excluded.revoked_before),
      until = greatest(standings.until, excluded.until), change = excluded.change;
  return before;
end
$$;

-- Makes an account with the role admin unless there is one; whether it did. A name that is taken is a unique violation.
create function create_first_administrator(
  account text, account_name text, name_key text, name_look text, name_folded_look text, hash text,
  account_roles text[], at bigint
) returns boolean language plpgsql as $$
begin
  -- Servers that start at once take turns. 'Hubb', 2.
  perform pg_advisory_xact_lock(1215652450, 2);
  if exists (select from accounts where 'admin' = any (roles)) then
    return false;
  end if;
  insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
    values ($3, account, account_name, $3, false, at, name_look, name_folded_look);
  insert into accounts (id, name, name_key, password_hash, roles, created_at)
    values (account, account_name, $3, hash, account_roles, at);
  return true;
end
$$;

-- Adds a signing key and makes it the newest, whatever the clocks of several servers say.
create function rotate_signing_key(key_id text, algorithm text, jwk json, at bigint) returns void
language plpgsql as $$
begin
  update security_head set change = change + 1, keys_change = change + 1;
  insert into signing_keys (kid, alg, private_jwk, initial, created_at)
    select key_id, algorithm, jwk, false, greatest(at, max(created_at) + 1) from signing_keys;
end
$$;

-- Down Migration

drop function rotate_signing_key;
drop function create_first_administrator;
drop function change_password;
alter table refresh_families drop column used_at;
alter table accounts drop column avatar;
