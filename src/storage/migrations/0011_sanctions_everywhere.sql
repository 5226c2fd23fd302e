-- Up Migration

-- A ban from everywhere may keep guests of an address out too; the user's messages since `delete_since` (ms since the
-- epoch) are to be deleted, null when that is done.
alter table sanctions
  add column address text collate "C",
  add column delete_since bigint;
create index sanctions_everywhere on sanctions (kind, id) where channel_id is null;
create index sanctions_deleting on sanctions (id) where delete_since is not null;

-- A ban or mute from everywhere that `act` (as JSON) tells of, in the place of one of its kind that is in force: whether
-- there was one. Statements of a function see what was committed before they began, so what another server did while we
-- waited for the head is seen.
create function sanction_everywhere(act json) returns boolean language plpgsql as $$
declare
  next constant bigint := next_security_change();
  at constant bigint := (act ->> 'at')::bigint;
  replaced boolean;
begin
  with ended as (
    update sanctions as s set ended_at = least(at, s.until), change = next
      where s.channel_id is null and s.kind = act ->> 'kind' and s.user_id = act ->> 'user' and s.ended_at is null
      returning s.until
  )
  select coalesce(bool_or(ended.until is null or ended.until > at), false) into replaced from ended;
  insert into sanctions
      (id, kind, user_id, user_name, by_id, by_name, reason, address, created_at, until, delete_since, change)
    values (act ->> 'id', act ->> 'kind', act ->> 'user', act ->> 'name', act ->> 'by', act ->> 'byName',
      act ->> 'reason', act ->> 'address', at, (act ->> 'until')::bigint, (act ->> 'deleteSince')::bigint, next);
  return replaced;
end
$$;

-- Ends the ban or mute from everywhere that is in force and is `act.id`, or of `act.user` where that is null.
create function pardon_everywhere(act json) returns setof sanctions language plpgsql as $$
declare
  next bigint;
  at constant bigint := (act ->> 'at')::bigint;
begin
  -- Nothing to end is no change.
  perform 1 from sanctions as s
    where s.channel_id is null and s.kind = act ->> 'kind' and s.ended_at is null
      and (s.id = act ->> 'id' or s.user_id = act ->> 'user');
  if not found then
    return;
  end if;
  next := next_security_change();
  return query update sanctions as s
    set ended_at = at, ended_by = act ->> 'by', ended_by_name = act ->> 'byName', change = next
    where s.channel_id is null and s.kind = act ->> 'kind' and s.ended_at is null and (s.until is null or s.until > at)
      and (s.id = act ->> 'id' or s.user_id = act ->> 'user')
    returning s.*;
end
$$;

-- Down Migration

drop function pardon_everywhere;
drop function sanction_everywhere;
drop index sanctions_deleting, sanctions_everywhere;
delete from sanctions where channel_id is null;
alter table sanctions drop column delete_since, drop column address;
