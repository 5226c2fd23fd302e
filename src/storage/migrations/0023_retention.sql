-- Up Migration

-- The first event that a log still shows; what lies below was removed or is about to be, and nobody reads it any more
-- (docs/adr/0032). It moves before anything is removed, and beyond the head where nothing is left.
alter table logs add column floor bigint not null default 1;

-- How far a channel's log has come with what is past. A log that nothing was removed from and of which nothing is counted has none.
create table log_retention (
  log_id bigint primary key,
  -- Messages from the floor up to `counted`.
  counted bigint not null,
  messages bigint not null,
  -- Events below are deleted, or have no text any more.
  swept bigint not null default 1,
  -- When the floor moved last, by this database's clock; null: never.
  moved_at timestamptz,
  -- When there is something to delete, ms since the epoch; null: nothing is left.
  due_at bigint
) with (fillfactor = 50);
create index log_retention_due on log_retention (due_at) where due_at is not null;
create index log_retention_moved on log_retention (moved_at) where moved_at is not null;

create function forget_retention() returns trigger language plpgsql as $$
begin
  delete from log_retention as r where r.log_id = old.id;
  return null;
end
$$;
create trigger forget_retention after delete on logs for each row execute function forget_retention();

-- One step of what is past, over logs of channels by their keys, behind `after`: looks at 200 logs at most, and moves the floor of the
-- first one that has something past by `most` events at most. `at` is the time (ms since the epoch), the defaults hold where a channel says
-- nothing (null: for ever; a channel's 0 too). `next`: behind which key to go on, null: that was the last. `moved`: the channel whose
-- floor moved, to `reached`; `is_busy`: more is known to be left to do.
--
-- Of a log the events go that come before the first one which is not past: so numbers stay dense above the floor. By its age
-- that is one which is young enough; by their count the newest messages stay, and what came after the message before
-- them. By their count nothing goes that is younger than ten seconds: whoever follows the log has seen it by then.
--
-- One server at a time. Whoever writes in that one log waits for the end of this, a few ms.
create function move_floor(
  after text, most integer, at bigint, default_days integer, default_messages bigint,
  out next text, out moved text, out epoch text, out reached bigint, out is_busy boolean
) language plpgsql
-- Every look-up goes by index, whatever the tables' sizes are thought to be.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  one record;
  kept log_retention;
  seen integer := 0;
  counted_to bigint;
  total bigint;
  gone bigint;
  target bigint;
  found_to bigint;
begin
  next := after;
  is_busy := false;
  -- 'Hubb', 23.
  if not pg_try_advisory_xact_lock(1215652450, 23) then
    next := null;
    return;
  end if;
  for one in
    select l.id, l.key, l.epoch, l.floor, l.head, c.id as channel,
      nullif(coalesce((c.settings ->> 'retentionDays')::integer, default_days), 0) as days,
      nullif(coalesce((c.settings ->> 'retentionMessages')::bigint, default_messages), 0) as messages
    from (
      -- Those of channels, and of such as are deleted and may be restored.
      select o.* from logs as o
      where o.key > greatest(after collate "C", 'channel:') and o.key < 'deleted;' order by o.key limit 200
    ) as l
    left join channels as c
      on c.id = case when starts_with(l.key, 'channel:') then substr(l.key, 9) else substr(l.key, 10) end
    order by l.key
  loop
    seen := seen + 1;
    next := one.key;
    continue when one.days is null and one.messages is null;

    if one.days is not null then
      delete from held_messages as h where h.ctid = any (array(
        select w.ctid from held_messages as w
        where w.channel_id = one.channel and w.rejected_at is null and w.held_at < at - one.days * 86400000::bigint
        limit most for update skip locked
      ));
    end if;

    select r.* into kept from log_retention as r where r.log_id = one.id;
    counted_to := greatest(kept.counted, one.floor - 1);
    total := coalesce(kept.messages, 0);
    if one.messages is not null and counted_to < one.head then
      select max(e.seq), count(*) filter (where e.type = 'message:created') into found_to, gone
        from (
          select w.seq, w.type from events as w
          where w.log_id = one.id and w.seq > counted_to and w.seq <= one.head order by w.seq limit most
        ) as e;
      counted_to := coalesce(found_to, one.head);
      total := total + gone;
      is_busy := counted_to < one.head;
      insert into log_retention as r (log_id, counted, messages, swept) values (one.id, counted_to, total, one.floor)
        on conflict (log_id) do update set counted = excluded.counted, messages = excluded.messages;
    end if;

    target := one.floor;
    -- Where the first event is young there is nothing to count, and most logs are like that.
    if one.days is not null and (
      select w.timestamp from events as w
      where w.log_id = one.id and w.seq >= one.floor and w.seq <= one.head order by w.seq limit 1
    ) < at - one.days * 86400000::bigint then
      select coalesce(min(e.seq) filter (where e.timestamp >= at - one.days * 86400000::bigint), max(e.seq) + 1)
        into found_to
        from (
          select w.seq, w.timestamp from events as w
          where w.log_id = one.id and w.seq >= one.floor and w.seq <= one.head order by w.seq limit most
        ) as e;
      target := greatest(target, found_to);
    end if;
    if one.messages is not null and total > one.messages then
      select max(e.seq) + 1 into found_to
        from (
          select w.seq,
            bool_or(w.timestamp > at - 10000) over (order by w.seq) as is_young,
            count(*) filter (where w.type = 'message:created')
              over (order by w.seq rows between unbounded preceding and 1 preceding) as messages_before
          from (
            select v.seq, v.type, v.timestamp from events as v
            where v.log_id = one.id and v.seq >= one.floor and v.seq <= one.head order by v.seq limit most
          ) as w
        ) as e
        where not e.is_young and e.messages_before < total - one.messages;
      target := greatest(target, found_to);
    end if;
    if target = one.floor then
      exit when is_busy;
      continue;
    end if;

    perform 1 from logs as l where l.id = one.id and l.key = one.key for update;
    exit when not found;
    select count(*) into gone from events as e
      where e.log_id = one.id and e.seq >= one.floor and e.seq < target and e.seq <= counted_to
        and e.type = 'message:created';
    update logs as l set floor = target where l.id = one.id;
    -- An edit that stays, of a message that doesn't, has no text any more.
    update events as e
      set data = json_strip_nulls(json_build_object('id', e.data -> 'id', 'shadow', e.data -> 'shadow'))
      from (
        select a.latest_seq as seq from amended_events as a
        where a.log_id = one.id and a.seq >= one.floor and a.seq < target and a.latest_seq >= target
        union
        select s.update_seq from shadow_edits as s
        where s.log_id = one.id and s.seq >= one.floor and s.seq < target and s.update_seq >= target
      ) as edit
      where e.log_id = one.id and e.seq = edit.seq and e.type = 'message:updated';
    insert into log_retention as r (log_id, counted, messages, swept, moved_at, due_at)
      values (one.id, greatest(counted_to, target - 1), 0, one.floor, now(), at)
      on conflict (log_id) do update
        set counted = greatest(r.counted, target - 1), messages = greatest(0, r.messages - gone), moved_at = now(), due_at = at;
    moved := one.channel;
    epoch := one.epoch;
    reached := target;
    is_busy := true;
    return;
  end loop;
  if seen < 200 and not is_busy then
    next := null;
  end if;
end
$$;

-- Deletes some of what lies below the floor of one log that is due, at most `most` rows of each table: how many it was; 0: nothing for
-- now. A message that is younger than a day loses its text and keeps its row until then, so that whoever sends it again is told so.
-- A log is looked at for a minute after its floor moved: what hangs on its messages may just have been on its way.
--
-- Nothing here waits for a row that somebody else has: it goes the next time.
create function remove_retired(most integer, at bigint) returns integer language plpgsql
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  day constant bigint := 86400000;
  one record;
  relation text;
  gone integer;
  total integer := 0;
  upto bigint;
  front bigint;
begin
  -- Nothing is lost where a crash takes it back.
  perform set_config('synchronous_commit', 'off', true);
  if not pg_try_advisory_xact_lock(1215652450, 24) then
    return 0;
  end if;
  for one in
    select r.*, l.floor, l.head from log_retention as r join logs as l on l.id = r.log_id
    where r.due_at <= at order by r.due_at limit 20
  loop
    foreach relation in array array['message_versions', 'reactions', 'pins', 'message_search', 'search_again', 'shadow_edits']
    loop
      execute format(
        'delete from %1$I where ctid = any (array(
           select ctid from %1$I where log_id = $1 and seq < $2 limit $3 for update skip locked
         ))', relation
      ) using one.log_id, one.floor, most;
      get diagnostics gone = row_count;
      total := total + gone;
    end loop;
    -- Replies below are replies to what is below.
    delete from replies as r where r.ctid = any (array(
      select w.ctid from replies as w where w.log_id = one.log_id and w.root < one.floor limit most for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    delete from threads as t where t.ctid = any (array(
      select w.ctid from threads as w where w.log_id = one.log_id and w.root < one.floor limit most for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;

    upto := least(one.floor, one.swept + most);
    delete from events as e where e.ctid = any (array(
      select w.ctid from events as w
      where w.log_id = one.log_id and w.seq >= one.swept and w.seq < upto
        and (w.timestamp < at - day or w.type <> 'message:created' and w.client_message_id is null)
      for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    update events as e set data = '{}' where e.ctid = any (array(
      select w.ctid from events as w
      where w.log_id = one.log_id and w.seq >= one.swept and w.seq < upto and w.data::text <> '{}'
        and (w.type = 'message:created' or w.client_message_id is not null)
      for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    -- Nobody changes it any more, reacts to it or replies.
    insert into amended_events as a (log_id, seq, latest_seq, final)
      select e.log_id, e.seq, e.seq, true from events as e
      where e.log_id = one.log_id and e.seq >= one.swept and e.seq < upto and e.type = 'message:created'
      on conflict (log_id, seq) do update set final = true where not a.final;
    if not exists (
      select from events as e
      where e.log_id = one.log_id and e.seq >= one.swept and e.seq < upto and e.data::text <> '{}'
    ) then
      update log_retention as r set swept = upto where r.log_id = one.log_id and r.swept < upto;
    end if;
    -- Those whose day is over.
    delete from events as e where e.ctid = any (array(
      select w.ctid from (
        select v.ctid, v.timestamp from events as v
        where v.log_id = one.log_id and v.seq < one.swept order by v.seq limit most
      ) as w
      where w.timestamp < at - day
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    -- Where events are gone; not all below the floor are looked at, which may be many for a day.
    select coalesce(min(e.seq), one.floor) into front
      from (select v.seq from events as v where v.log_id = one.log_id order by v.seq limit 1) as e;
    delete from amended_events as a where a.ctid = any (array(
      select w.ctid from amended_events as w where w.log_id = one.log_id and w.seq < least(front, one.floor)
      limit most for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    delete from amended_events as a where a.ctid = any (array(
      select w.ctid from amended_events as w
      where w.log_id = one.log_id and w.seq >= one.swept and w.seq < upto
        and not exists (select from events as e where e.log_id = w.log_id and e.seq = w.seq)
      for update skip locked
    ));
    get diagnostics gone = row_count;
    total := total + gone;
    if one.floor > one.head then
      -- Behind a log of which nothing is left its followers would look for ever.
      insert into webhook_heads as h (log_id, seq) values (one.log_id, one.head)
        on conflict (log_id) do update set seq = excluded.seq where h.seq < excluded.seq;
    end if;
    exit when total > 0 or upto < one.floor;

    update log_retention as r
      set due_at = case
        when one.moved_at > now() - interval '1 minute' then at + 5000
        else (
          select greatest(e.timestamp + day, at + 60000) from events as e
          where e.log_id = one.log_id and e.seq < one.floor order by e.seq limit 1
        )
      end
      where r.log_id = one.log_id and r.moved_at = one.moved_at;
  end loop;
  return total;
end
$$;

-- As in 0016, without what a message replies to where that is past.
create or replace function message_extras(log bigint, seq bigint, reply_to text) returns json language sql stable as $$
  select nullif(json_strip_nulls(json_build_object(
    'reactions', (
      select json_agg(json_build_object('emoji', r.emoji, 'users', r.users, 'shadow', r.shadow) order by r.place)
      from (
        select emoji, json_agg(user_id order by place) as users, min(emoji_place) as place,
          json_agg(user_id order by place) filter (where hidden) as shadow
        from reactions where reactions.log_id = log and reactions.seq = message_extras.seq group by emoji
      ) as r
    ),
    'quote', (
      select json_build_object('id', e.id, 'author', e.data -> 'author',
        'content', left(e.data ->> 'content', 200), 'deleted', e.data -> 'deleted',
        'shadow', case when is_shadowed(e.data) then true end,
        'shadowContent', left(e.data -> 'shadowEdit' ->> 'content', 200))
      from events as e where e.id = reply_to and e.log_id = log and e.type = 'message:created'
        and e.seq >= (select l.floor from logs as l where l.id = log)
    ),
    'thread', (
      select json_build_object('count', t.count, 'lastAt', t.last_at, 'shadow', t.shadow)
      from threads as t where t.log_id = log and t.root = message_extras.seq
    )
  ))::text, '{}')::json
$$;

-- As in 0015: what is past isn't unread.
create or replace function channel_unread(reader text, channel text)
returns table (seq bigint, head bigint, unread integer, mentions integer) language sql stable
-- Every look-up goes by index, whatever the tables' sizes are thought to be.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select place.seq, place.head,
    case when place.head > place.seq then unread_messages(place.log_id, reader, place.seq, place.head) else 0 end,
    case when place.head > place.seq and inbox.id is not null
      then unread_mentions(inbox.id, channel, place.log_id, place.seq) else 0 end
  from (
    select l.id as log_id, coalesce(l.head, 0) as head, greatest(m.seq, l.floor - 1, 0) as seq
    from (select 'channel:' || channel as key) as wanted
    left join logs as l on l.key = wanted.key
    left join read_marks as m on m.user_id = reader and m.channel_id = channel and m.epoch = l.epoch
  ) as place
  left join logs as inbox on inbox.key = 'inbox:' || reader
$$;

-- Down Migration

-- What was removed stays removed, and what is about to be goes: the version before would show it.
delete from events as e using logs as l where l.id = e.log_id and e.seq < l.floor;
create or replace function channel_unread(reader text, channel text)
returns table (seq bigint, head bigint, unread integer, mentions integer) language sql stable
-- Every look-up goes by index, whatever the tables' sizes are thought to be.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select place.seq, place.head,
    case when place.head > place.seq then unread_messages(place.log_id, reader, place.seq, place.head) else 0 end,
    case when place.head > place.seq and inbox.id is not null
      then unread_mentions(inbox.id, channel, place.log_id, place.seq) else 0 end
  from (
    select l.id as log_id, coalesce(l.head, 0) as head, coalesce(m.seq, 0) as seq
    from (select 'channel:' || channel as key) as wanted
    left join logs as l on l.key = wanted.key
    left join read_marks as m on m.user_id = reader and m.channel_id = channel and m.epoch = l.epoch
  ) as place
  left join logs as inbox on inbox.key = 'inbox:' || reader
$$;

create or replace function message_extras(log bigint, seq bigint, reply_to text) returns json language sql stable as $$
  select nullif(json_strip_nulls(json_build_object(
    'reactions', (
      select json_agg(json_build_object('emoji', r.emoji, 'users', r.users, 'shadow', r.shadow) order by r.place)
      from (
        select emoji, json_agg(user_id order by place) as users, min(emoji_place) as place,
          json_agg(user_id order by place) filter (where hidden) as shadow
        from reactions where reactions.log_id = log and reactions.seq = message_extras.seq group by emoji
      ) as r
    ),
    'quote', (
      select json_build_object('id', e.id, 'author', e.data -> 'author',
        'content', left(e.data ->> 'content', 200), 'deleted', e.data -> 'deleted',
        'shadow', case when is_shadowed(e.data) then true end,
        'shadowContent', left(e.data -> 'shadowEdit' ->> 'content', 200))
      from events as e where e.id = reply_to and e.log_id = log and e.type = 'message:created'
    ),
    'thread', (
      select json_build_object('count', t.count, 'lastAt', t.last_at, 'shadow', t.shadow)
      from threads as t where t.log_id = log and t.root = message_extras.seq
    )
  ))::text, '{}')::json
$$;
drop function remove_retired;
drop function move_floor;
drop trigger forget_retention on logs;
drop function forget_retention;
drop table log_retention;
alter table logs drop column floor;
