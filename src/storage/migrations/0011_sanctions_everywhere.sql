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

-- Messages of one sender in a log from `since` to `until` (ms since the epoch) that weren't deleted, the newest `wanted`
-- of those before `before`. It goes back from there until events are older than `since`, by more than clocks may differ,
-- or half a million events.
create function messages_sent(log bigint, author text, since bigint, until bigint, before bigint, wanted integer)
returns setof events language plpgsql stable
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  event events;
  found_so_far integer := 0;
begin
  for event in
    select e.* from events as e where e.log_id = log and e.seq < before order by e.seq desc limit 500000
  loop
    exit when event.timestamp < since - 60000 or found_so_far >= wanted;
    if event.sender = author and event.type = 'message:created' and event.timestamp between since and until
      and event.data -> 'deleted' is null
    then
      found_so_far := found_so_far + 1;
      return next event;
    end if;
  end loop;
end
$$;

-- Down Migration

drop function messages_sent;

drop function pardon_everywhere;
drop function sanction_everywhere;
drop index sanctions_deleting, sanctions_everywhere;
delete from sanctions where channel_id is null;
alter table sanctions drop column delete_since, drop column address;
