-- Up Migration

-- What a channel is for, beside its topic; and when it was deleted (ms since the epoch). A channel that is deleted and not
-- purged keeps all that it has, its id too: nothing reads it until it is restored.
alter table channels
  add column description text,
  add column deleted_at bigint,
  -- So that there is always a place between two others: halving is exact.
  alter column position type numeric;
create index channels_place on channels (coalesce(position, 'Infinity'::numeric), id);
create index read_marks_channel on read_marks (channel_id);

-- A deleted channel's log has another key, which nobody asks for: `deleted:/` and the channel's id, or while its rows wait to
-- be deleted `purged://`, the log's id, the time (ms since the epoch) and the channel's id, with `/` between. What stands behind
-- the eighth character is no channel's id.
-- Who would append finds no log; and where one would be made for a channel that is deleted, begin_log refuses.

-- The epoch that the next log of a purged channel's id has: numbers begin anew.
create table purged_channels (
  channel_id text collate "C" primary key,
  epoch text not null
);

-- Refuses a log for a channel that was deleted, and gives one of an id that was purged the epoch that it is to have. HB001: the
-- channel is gone, its log's key is the detail.
create function begin_log() returns trigger language plpgsql as $$
begin
  if exists (select from channels as c where c.id = substr(new.key, 9) and c.deleted_at is not null) then
    raise exception 'the channel was deleted' using errcode = 'HB001', detail = new.key;
  end if;
  select coalesce(max(p.epoch), new.epoch) into new.epoch from purged_channels as p where p.channel_id = substr(new.key, 9);
  return new;
end
$$;
create trigger begin_log before insert on logs
  for each row when (starts_with(new.key, 'channel:')) execute function begin_log();

-- Refuses what was written for another epoch of a channel than its log has. It is called behind the statement that appends
-- (`appended` is what that answered): the heads are locked by then, so what is seen here holds until the commit. Lists are joined as
-- those of append_events.
create function require_epochs(channels text, epochs text, appended text) returns boolean language plpgsql as $$
declare
  gone text;
begin
  -- Settings of its own would take longer than all of this, where nothing was ever purged.
  if not exists (select from purged_channels) then
    return true;
  end if;
  select p.channel_id into gone
    from unnest(
      trim_array(string_to_array(channels, E'\x1f'), 1), trim_array(string_to_array(epochs, E'\x1f'), 1)
    ) as t (id, epoch)
    join purged_channels as p on p.channel_id = t.id
    where p.epoch <> t.epoch limit 1;
  if gone is not null then
    raise exception 'the channel was purged' using errcode = 'HB001', detail = 'channel:' || gone;
  end if;
  return true;
end
$$;

-- Deletes a channel, or also all that it has: `done`, `already` for one that was deleted before and is not to be purged, or
-- `missing`. Small, however much there is: rows of a purged log go later, by purge_rows. `texts` is the act's, for the audit log.
--
-- Locks go from heads of logs to channels, as those of append_changing_events do.
create function delete_channel(channel text, purge boolean, at bigint, by_id text, texts text) returns text
language plpgsql as $$
declare
  was record;
  log record;
begin
  -- What is acknowledged is on disk, whatever the server's default says; until the end of the transaction.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';
  if not exists (select from channels as c where c.id = channel) then
    return 'missing';
  end if;
  -- One that nobody wrote in has a log from here on, to be locked by: nobody writes in it meanwhile.
  insert into logs (key, epoch)
    select 'channel:' || channel, instance.epoch from server_instance as instance
    where not exists (select from logs as l where l.key in ('channel:' || channel, 'deleted:/' || channel))
    on conflict (key) do nothing;
  select l.id, l.key into log from logs as l
    where l.key in ('channel:' || channel, 'deleted:/' || channel) order by l.key for update;
  select c.deleted_at into was from channels as c where c.id = channel for update;
  if not found or log.id is null then
    return 'missing';
  end if;
  if was.deleted_at is not null and not purge then
    return 'already';
  end if;

  if purge then
    update logs as l
      set key = 'purged://' || l.id || '/' || (extract(epoch from now()) * 1000)::bigint || '/' || channel
      where l.id = log.id;
    insert into purged_channels as p (channel_id, epoch) values (channel, gen_random_uuid()::text)
      on conflict (channel_id) do update set epoch = excluded.epoch;
    -- What hangs on the channel's id would be the next one's.
    delete from channel_members as m where m.channel_id = channel;
    delete from sanctions as s where s.channel_id = channel;
    delete from held_messages as h where h.channel_id = channel;
    delete from channels as c where c.id = channel;
  else
    update logs as l set key = 'deleted:/' || channel where l.id = log.id;
    update channels as c set deleted_at = at where c.id = channel;
  end if;
  perform append_audit(at, by_id, 'channel:deleted', 'channel', channel, channel, texts);
  return 'done';
end
$$;

-- Brings back a channel that was deleted and not purged: whether there was one.
create function restore_channel(channel text, at bigint, by_id text, texts text) returns boolean
language plpgsql as $$
declare
  log bigint;
begin
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';
  select l.id into log from logs as l where l.key = 'deleted:/' || channel for update;
  if log is null then
    return false;
  end if;
  update logs as l set key = 'channel:' || channel where l.id = log;
  update channels as c set deleted_at = null where c.id = channel;
  perform append_audit(at, by_id, 'channel:restored', 'channel', channel, channel, texts);
  return true;
end
$$;

-- Deletes some rows of logs that were purged, at most `most` of each kind: how many it was; 0: nothing is left for now, or other
-- servers are at it. A log's own row goes last, so a crash leaves it to be found, and a minute after the purge: words of its
-- messages may have been on their way into the search.
create function purge_rows(most integer) returns integer language plpgsql as $$
declare
  log record;
  total integer := 0;
  gone integer;
  relation text;
begin
  -- Nothing is lost where a crash takes it back.
  perform set_config('synchronous_commit', 'off', true);
  for log in
    select l.id, split_part(l.key, '/', 4)::bigint as at, split_part(l.key, '/', 5) as channel from logs as l
    where l.key >= 'purged:' and l.key < 'purged;' order by l.key for update skip locked
  loop
    foreach relation in array array['message_versions', 'reactions', 'pins', 'replies', 'threads', 'message_search',
      'search_again', 'search_heads', 'shadow_edits', 'amended_events', 'events']
    loop
      execute format(
        'delete from %1$I where ctid = any (array(select ctid from %1$I where log_id = $1 limit $2))', relation
      ) using log.id, most;
      get diagnostics gone = row_count;
      total := total + gone;
    end loop;
    delete from read_marks as r where r.ctid = any (array(
      select m.ctid from read_marks as m
      where m.channel_id = log.channel
        and m.epoch <> (select p.epoch from purged_channels as p where p.channel_id = log.channel)
      limit most
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    exit when total > 0;
    delete from logs as l where l.id = log.id and log.at < extract(epoch from now()) * 1000 - 60000;
  end loop;
  return total;
end
$$;

-- Puts a channel before another one in lists; null: behind those that have a place, by its id. Without `next` nothing happens.
create function place_channel(moved text, next text) returns void language plpgsql as $$
declare
  here numeric;
begin
  if next is null then
    update channels as c set position = null where c.id = moved;
    return;
  end if;
  -- One at a time. 'Hubb', 3.
  perform pg_advisory_xact_lock(1215652450, 3);
  select c.position into here from channels as c where c.id = next and c.deleted_at is null;
  if not found then
    return;
  end if;
  if here is null then
    -- Those that stand by their ids get places, up to that one.
    update channels as c set position = last.position + placed.nth
      from (
        select o.id, row_number() over (order by o.id) as nth from channels as o
        where o.position is null and o.id <= next and o.id <> moved
      ) as placed,
      (select coalesce(max(o.position), 0) as position from channels as o) as last
      where c.id = placed.id;
    select c.position into here from channels as c where c.id = next;
  end if;
  update channels as c set position = coalesce(
      (select max(o.position) + here from channels as o where o.position < here and o.id <> moved) * 0.5, here - 1
    )
    where c.id = moved;
end
$$;

-- As in 0016, with description and place.
create or replace function apply_channel_change(log bigint, key text, id text, seq bigint, at bigint, change json)
returns void language plpgsql as $$
declare
  channel constant text := substr(key, 9);
  named constant json := change -> 'sanction';
  pardon constant json := change;
  -- Of a hidden reply.
  hidden_author constant text := change ->> 'shadow';
begin
  case change ->> 'kind'
    when 'channel' then
      update channels as c set
          name = coalesce(change ->> 'name', c.name),
          topic = case when change -> 'topic' is null then c.topic else change ->> 'topic' end,
          description = case when change -> 'description' is null then c.description else change ->> 'description' end,
          private = coalesce((change ->> 'private')::boolean, c.private),
          position = coalesce((change ->> 'position')::numeric, c.position),
          settings = (c.settings::jsonb || coalesce((change -> 'settings')::jsonb, '{}'))::json
        where c.id = channel;
      if change -> 'before' is not null then
        perform place_channel(channel, change ->> 'before');
      end if;
    when 'member' then
      if change ->> 'role' is null then
        delete from channel_members as m where m.channel_id = channel and m.user_id = change ->> 'user';
      else
        insert into channel_members as m (channel_id, user_id, name, role, joined_at)
          values (channel, change ->> 'user', change ->> 'name', change ->> 'role', at)
          on conflict (channel_id, user_id) do update set role = excluded.role, name = excluded.name;
      end if;
    when 'sanction' then
      update sanctions as s set ended_at = at
        where s.channel_id = channel and s.kind = named ->> 'kind' and s.user_id = named ->> 'user'
          and s.ended_at is null;
      insert into sanctions
          (id, channel_id, kind, user_id, user_name, by_id, by_name, reason, created_at, until)
        values (apply_channel_change.id, channel, named ->> 'kind', named ->> 'user', named ->> 'name', named ->> 'by',
          named ->> 'byName', named ->> 'reason', at, (named ->> 'until')::bigint);
    when 'pardon' then
      -- The table has a column of that name.
      update sanctions as s
        set ended_at = at, ended_by = pardon ->> 'by', ended_by_name = pardon ->> 'byName'
        where s.channel_id = channel and s.kind = pardon ->> 'sanction' and s.user_id = pardon ->> 'user'
          and s.ended_at is null;
    when 'pin' then
      if (change ->> 'isPinned')::boolean then
        insert into pins (log_id, seq, id, pinned_seq)
          select log, e.seq, e.id, apply_channel_change.seq from events as e
          where e.id = change ->> 'target' and e.log_id = log
          on conflict do nothing;
      else
        delete from pins as p where p.log_id = log and p.id = change ->> 'target';
      end if;
    when 'reply' then
      insert into replies (log_id, seq, root, author)
        select log, apply_channel_change.seq, e.seq, hidden_author
        from events as e where e.id = change ->> 'root' and e.log_id = log;
      if hidden_author is null then
        insert into threads as t (log_id, root, count, last_at)
          select log, r.root, 1, at from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set count = t.count + 1, last_at = greatest(t.last_at, excluded.last_at);
      else
        insert into threads as t (log_id, root, count, last_at, shadow)
          select log, r.root, 0, 0, jsonb_build_object(hidden_author, jsonb_build_object('count', 1, 'lastAt', at))
          from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set shadow = coalesce(t.shadow, '{}') || jsonb_build_object(hidden_author, jsonb_build_object(
              'count', coalesce((t.shadow -> hidden_author ->> 'count')::bigint, 0) + 1,
              'lastAt', greatest((t.shadow -> hidden_author ->> 'lastAt')::bigint, at)
            ));
      end if;
    when 'shadowReaction' then
      update reactions as r set hidden = true
        from events as e
        where e.id = change ->> 'target' and e.log_id = log
          and r.log_id = log and r.seq = e.seq and r.emoji = change ->> 'emoji' and r.user_id = change ->> 'user'
          and r.event_id = apply_channel_change.id;
    when 'shadowEdit' then
      perform shadow_edit(
        log, change ->> 'target', change ->> 'author', apply_channel_change.seq, at, change -> 'text'
      );
    else
      raise exception 'no such change: %', change ->> 'kind' using errcode = 'invalid_parameter_value';
  end case;
end
$$;

-- Down Migration

create or replace function apply_channel_change(log bigint, key text, id text, seq bigint, at bigint, change json)
returns void language plpgsql as $$
declare
  channel constant text := substr(key, 9);
  named constant json := change -> 'sanction';
  pardon constant json := change;
  -- Of a hidden reply.
  hidden_author constant text := change ->> 'shadow';
begin
  case change ->> 'kind'
    when 'channel' then
      update channels as c set
          name = coalesce(change ->> 'name', c.name),
          topic = case when change -> 'topic' is null then c.topic else change ->> 'topic' end,
          private = coalesce((change ->> 'private')::boolean, c.private),
          position = coalesce((change ->> 'position')::integer, c.position),
          settings = (c.settings::jsonb || coalesce((change -> 'settings')::jsonb, '{}'))::json
        where c.id = channel;
    when 'member' then
      if change ->> 'role' is null then
        delete from channel_members as m where m.channel_id = channel and m.user_id = change ->> 'user';
      else
        insert into channel_members as m (channel_id, user_id, name, role, joined_at)
          values (channel, change ->> 'user', change ->> 'name', change ->> 'role', at)
          on conflict (channel_id, user_id) do update set role = excluded.role, name = excluded.name;
      end if;
    when 'sanction' then
      update sanctions as s set ended_at = at
        where s.channel_id = channel and s.kind = named ->> 'kind' and s.user_id = named ->> 'user'
          and s.ended_at is null;
      insert into sanctions
          (id, channel_id, kind, user_id, user_name, by_id, by_name, reason, created_at, until)
        values (apply_channel_change.id, channel, named ->> 'kind', named ->> 'user', named ->> 'name', named ->> 'by',
          named ->> 'byName', named ->> 'reason', at, (named ->> 'until')::bigint);
    when 'pardon' then
      -- The table has a column of that name.
      update sanctions as s
        set ended_at = at, ended_by = pardon ->> 'by', ended_by_name = pardon ->> 'byName'
        where s.channel_id = channel and s.kind = pardon ->> 'sanction' and s.user_id = pardon ->> 'user'
          and s.ended_at is null;
    when 'pin' then
      if (change ->> 'isPinned')::boolean then
        insert into pins (log_id, seq, id, pinned_seq)
          select log, e.seq, e.id, apply_channel_change.seq from events as e
          where e.id = change ->> 'target' and e.log_id = log
          on conflict do nothing;
      else
        delete from pins as p where p.log_id = log and p.id = change ->> 'target';
      end if;
    when 'reply' then
      insert into replies (log_id, seq, root, author)
        select log, apply_channel_change.seq, e.seq, hidden_author
        from events as e where e.id = change ->> 'root' and e.log_id = log;
      if hidden_author is null then
        insert into threads as t (log_id, root, count, last_at)
          select log, r.root, 1, at from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set count = t.count + 1, last_at = greatest(t.last_at, excluded.last_at);
      else
        insert into threads as t (log_id, root, count, last_at, shadow)
          select log, r.root, 0, 0, jsonb_build_object(hidden_author, jsonb_build_object('count', 1, 'lastAt', at))
          from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set shadow = coalesce(t.shadow, '{}') || jsonb_build_object(hidden_author, jsonb_build_object(
              'count', coalesce((t.shadow -> hidden_author ->> 'count')::bigint, 0) + 1,
              'lastAt', greatest((t.shadow -> hidden_author ->> 'lastAt')::bigint, at)
            ));
      end if;
    when 'shadowReaction' then
      update reactions as r set hidden = true
        from events as e
        where e.id = change ->> 'target' and e.log_id = log
          and r.log_id = log and r.seq = e.seq and r.emoji = change ->> 'emoji' and r.user_id = change ->> 'user'
          and r.event_id = apply_channel_change.id;
    when 'shadowEdit' then
      perform shadow_edit(
        log, change ->> 'target', change ->> 'author', apply_channel_change.seq, at, change -> 'text'
      );
    else
      raise exception 'no such change: %', change ->> 'kind' using errcode = 'invalid_parameter_value';
  end case;
end
$$;
drop function place_channel;
drop function purge_rows;
drop function restore_channel;
drop function delete_channel;
drop function require_epochs;
drop trigger begin_log on logs;
drop function begin_log;
-- What was deleted is there again: the version before doesn't know it otherwise. What waits to be purged stays out of reach.
update logs set key = 'channel:' || substr(key, 10) where starts_with(key, 'deleted:/');
drop table purged_channels;
drop index read_marks_channel, channels_place;
alter table channels
  alter column position type integer using round(position)::integer,
  drop column deleted_at,
  drop column description;
