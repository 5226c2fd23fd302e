-- Up Migration

-- Limits of messages that hold in the place of everybody's, which is the row `message` of rate_limits. The version moves with
-- any change of these, so that who knows it reads one row.
create table special_rate_limits (
  kind text not null check (kind in ('role', 'channel')),
  name text collate "C" not null,
  max_requests integer not null check (max_requests > 0),
  window_ms integer not null check (window_ms > 0),
  primary key (kind, name)
);
create table rate_limit_head (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 0
);
insert into rate_limit_head default values;

-- Changes a limit, or makes one: null stays as it is, and is everybody's in a new one. Answers with what held before, and whether
-- anything moved; no row where that would be more than `most_channels`.
create function change_rate_limit(
  of_kind text, of_name text, new_max integer, new_window integer, most_channels integer
) returns table (before json, moved boolean) language plpgsql as $$
declare
  everybody rate_limits;
  known special_rate_limits;
  old_max integer;
  old_window integer;
begin
  -- One after the other: what is read here is what is changed.
  perform from rate_limit_head for update;
  select * into strict everybody from rate_limits as r where r.class = 'message' for update;
  old_max := everybody.max_requests;
  old_window := everybody.window_ms;
  if of_kind <> 'everybody' then
    select * into known from special_rate_limits as s where s.kind = of_kind and s.name = of_name;
    if known.name is null and of_kind = 'channel'
      and (select count(*) from special_rate_limits as s where s.kind = 'channel') >= most_channels
    then
      return;
    end if;
    old_max := coalesce(known.max_requests, old_max);
    old_window := coalesce(known.window_ms, old_window);
  end if;
  new_max := coalesce(new_max, old_max);
  new_window := coalesce(new_window, old_window);
  moved := (new_max, new_window) <> (old_max, old_window) or of_kind <> 'everybody' and known.name is null;
  before := json_build_object('message_limit', old_max, 'window_seconds', old_window / 1000.0);
  if moved and of_kind = 'everybody' then
    update rate_limits as r set max_requests = new_max, window_ms = new_window where r.class = 'message';
  elsif moved then
    insert into special_rate_limits values (of_kind, of_name, new_max, new_window)
      on conflict (kind, name) do update set max_requests = new_max, window_ms = new_window;
    update rate_limit_head set version = version + 1;
  end if;
  return next;
end
$$;

-- Who records sessions: each thread of a server that owns sockets. What it has open when it dies ended at its last heartbeat.
create table session_writers (
  id integer generated always as identity primary key,
  name text collate "C" not null unique,
  -- The process; and where it listens: who listens there now tells that an earlier one is gone. Null: that tells nothing.
  run text not null,
  place text,
  -- The last heartbeat, by its clock (ms since the epoch) and by the database's.
  seen_at bigint not null,
  beat_at timestamptz not null,
  closed boolean not null default false
);
create index session_writers_open on session_writers (beat_at) where not closed;

-- Connections of users. Times are ms since the epoch.
create table sessions (
  writer integer not null,
  -- Numbered by the writer.
  connection bigint not null,
  user_id text collate "C" not null,
  guest boolean not null,
  client_id text,
  started_at bigint not null,
  -- Null: it is open.
  ended_at bigint,
  -- Null: it is open, or ended with its writer.
  close_code integer,
  primary key (writer, connection)
) with (fillfactor = 85);
-- How long a user was here is read from it alone.
create index sessions_user on sessions (user_id, started_at) include (ended_at);
create index sessions_open on sessions (writer, started_at) where ended_at is null;

-- By quarters of an hour (the minute since the epoch at which one begins): sessions that began, and the time of those that
-- are over, ms.
create table session_tallies (
  start integer primary key,
  begun integer not null,
  ms bigint not null
) with (fillfactor = 85);
-- Sessions that began, by minutes.
create table session_minutes (
  start integer primary key,
  begun integer not null
) with (fillfactor = 85);

-- Counts sessions that began, and (`sign` 1) the time from each of `froms` until the one of `untils` in its place, or (−1) takes
-- it back. In the order of the rows, so that two writers don't wait for each other.
create function tally_sessions(begun_at bigint[], froms bigint[], untils bigint[], sign integer)
returns void language sql as $$
  insert into session_minutes as t (start, begun)
  select (b / 60000)::integer as minute, count(*) from unnest(begun_at) as b group by minute order by minute
  on conflict (start) do update set begun = t.begun + excluded.begun;

  insert into session_tallies as t (start, begun, ms)
  select part.start, sum(part.begun), sum(part.ms)
  from (
    select (b / 900000 * 15)::integer as start, 1 as begun, 0 as ms from unnest(begun_at) as b
    union all
    select (q * 15)::integer, 0, sign * (least(s.until, (q + 1) * 900000) - greatest(s."from", q * 900000))
    from unnest(froms, untils) as s ("from", until)
    cross join lateral generate_series(s."from" / 900000, s.until / 900000) as q
  ) as part
  group by part.start
  order by part.start
  on conflict (start) do update set begun = t.begun + excluded.begun, ms = t.ms + excluded.ms
$$;

-- A heartbeat of a writer, and what it has to tell: sessions that began, and such that ended, as a whole, as JSON:
-- [{connection, userId, guest, clientId, startedAt, endedAt, code}], `endedAt` null while it is open. What is told again
-- changes nothing.
create function record_sessions(writer_name text, of_run text, of_place text, at bigint, batch json)
returns void language plpgsql as $$
declare
  me session_writers;
  begun bigint[];
  froms bigint[];
  untils bigint[];
begin
  -- What is lost in a crash of the database is told again, or ends with the writer.
  perform set_config('synchronous_commit', 'off', true);
  insert into session_writers as w (name, run, place, seen_at, beat_at)
    values (writer_name, of_run, of_place, at, clock_timestamp())
    on conflict (name) do update set seen_at = greatest(w.seen_at, excluded.seen_at), beat_at = excluded.beat_at
    returning w.* into me;

  if me.closed then
    -- It was only thought to be dead: its sessions go on.
    update session_writers as w set closed = false where w.id = me.id;
    with known as materialized (
      select s.connection, s.started_at, s.ended_at from sessions as s
      where s.writer = me.id and s.ended_at is not null and s.close_code is null
    ), opened as (
      update sessions as s set ended_at = null from known
      where s.writer = me.id and s.connection = known.connection
    )
    select array_agg(known.started_at), array_agg(known.ended_at) into froms, untils from known;
    perform tally_sessions('{}', froms, untils, -1);
  end if;

  with told as materialized (
    select t.connection, t."userId" as user_id, t.guest, t."clientId" as client_id, t."startedAt" as started_at,
      case when t."endedAt" is not null then greatest(t."endedAt", t."startedAt") end as ended_at, t.code
    from json_to_recordset(batch)
      as t (connection bigint, "userId" text, guest boolean, "clientId" text, "startedAt" bigint, "endedAt" bigint, code integer)
  ), fresh as (
    insert into sessions as s (writer, connection, user_id, guest, client_id, started_at, ended_at, close_code)
      select me.id, t.connection, t.user_id, t.guest, t.client_id, t.started_at, t.ended_at, t.code
      from told as t order by t.connection
      on conflict do nothing
      returning s.started_at, s.ended_at
  ), over as (
    update sessions as s set ended_at = t.ended_at, close_code = t.code
      from told as t
      where s.writer = me.id and s.connection = t.connection and s.ended_at is null and t.ended_at is not null
      returning s.started_at, s.ended_at
  ), ended as (
    select * from over union all select * from fresh where ended_at is not null
  )
  select (select array_agg(fresh.started_at) from fresh), array_agg(ended.started_at), array_agg(ended.ended_at)
    into begun, froms, untils from ended;
  perform tally_sessions(begun, froms, untils, 1);
end
$$;

-- Ends what dead writers had open, at their last heartbeats: of those of which nothing was heard for `stale`, of those that
-- listened at `of_place` before `of_run` did, and of the one with this name. How many writers it were.
create function close_session_writers(stale interval, of_place text, of_run text, of_name text)
returns integer language plpgsql as $$
declare
  gone session_writers;
  froms bigint[];
  untils bigint[];
  total integer := 0;
begin
  for gone in
    select w.* from session_writers as w
    where not w.closed
      and (w.beat_at < clock_timestamp() - stale or w.place = of_place and w.run <> of_run or w.name = of_name)
    order by w.id for update skip locked
  loop
    update session_writers as w set closed = true where w.id = gone.id;
    with over as (
      update sessions as s set ended_at = greatest(s.started_at, gone.seen_at)
        where s.writer = gone.id and s.ended_at is null
        returning s.started_at, s.ended_at
    )
    select array_agg(over.started_at), array_agg(over.ended_at) into froms, untils from over;
    perform tally_sessions('{}', froms, untils, 1);
    total := total + 1;
  end loop;
  return total;
end
$$;

-- Up to which `seq` the messages of a channel's log were counted.
create table tally_heads (
  log_id bigint primary key,
  seq bigint not null
) with (fillfactor = 50);

-- Messages by minutes, quarters of an hour, and of channels and of users by quarters (level 0), days (1) and months (2) of UTC;
-- `start` is the minute since the epoch at which one begins. What is deleted or purged later stays counted.
create table message_minutes (start integer primary key, messages integer not null) with (fillfactor = 85);
create table message_quarters (start integer primary key, messages integer not null) with (fillfactor = 85);
create table channel_tallies (
  level smallint not null,
  start integer not null,
  channel_id text collate "C" not null,
  messages integer not null,
  primary key (level, start, channel_id)
) with (fillfactor = 85);
create table user_tallies (
  level smallint not null,
  start integer not null,
  user_id text collate "C" not null,
  messages integer not null,
  primary key (level, start, user_id)
) with (fillfactor = 85);
-- Who wrote in which minute of the last two days.
create table user_minutes (
  start integer not null,
  user_id text collate "C" not null,
  primary key (start, user_id)
);
-- How many users wrote in a stretch of so many minutes: counted once, when it is over.
create table active_user_counts (
  start integer not null,
  minutes integer not null,
  users integer not null,
  primary key (start, minutes)
);

-- Counts messages that came since the last time, `most` events of channels' logs at most: how many events were read, and how many
-- more wait. In the transaction of this one statement, one after the other: so each is counted once, after any crash.
create function tally_messages(most integer, now_minute integer, out read bigint, out waiting bigint)
language plpgsql
-- Few logs moved, and each is read by its index, whatever the tables' sizes are thought to be.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  -- Two days.
  oldest constant integer := now_minute - 2880;
begin
  -- What is lost in a crash is counted again, and never apart from its head.
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(1215652450, 19);

  -- The longest way behind comes first, so that none waits for ever.
  with moved as materialized (
    select l.id, substr(l.key, 9) as channel, l.head, coalesce(h.seq, 0) as known
    from logs as l left join tally_heads as h on h.log_id = l.id
    where l.key >= 'channel:' and l.key < 'channel;' and l.head > coalesce(h.seq, 0)
    order by l.head - coalesce(h.seq, 0) desc, l.id
    limit 1000
  ), placed as materialized (
    select moved.*, sum(head - known) over (order by head - known desc, id) - (head - known) as before from moved
  ), taken as materialized (
    select placed.id, placed.channel, placed.known, least(placed.head, placed.known + most - placed.before)::bigint as upto
    from placed where placed.before < most
  ), fresh as materialized (
    select taken.channel, e.sender, (e.timestamp / 60000)::integer as minute
    from taken join events as e on e.log_id = taken.id and e.seq > taken.known and e.seq <= taken.upto
    where e.type = 'message:created'
  ), levelled as materialized (
    select fresh.channel, fresh.sender, l.level, l.start
    from fresh cross join lateral (
      values (0::smallint, minute / 15 * 15), (1::smallint, minute / 1440 * 1440),
        (2::smallint, (extract(epoch from date_trunc('month', timestamp 'epoch' + minute * interval '1 minute')) / 60)::integer)
    ) as l (level, start)
  ), heads as (
    insert into tally_heads (log_id, seq) select id, upto from taken
    on conflict (log_id) do update set seq = excluded.seq
  ), by_minute as (
    insert into message_minutes as t select minute, count(*) from fresh group by minute order by minute
    on conflict (start) do update set messages = t.messages + excluded.messages
  ), by_quarter as (
    insert into message_quarters as t select start, count(*) from levelled where level = 0 group by start order by start
    on conflict (start) do update set messages = t.messages + excluded.messages
  ), by_channel as (
    insert into channel_tallies as t select level, start, channel, count(*) from levelled
      group by level, start, channel order by level, start, channel collate "C"
    on conflict (level, start, channel_id) do update set messages = t.messages + excluded.messages
  ), by_user as (
    -- In the order of the index, which is far faster than in none.
    insert into user_tallies as t select level, start, sender, count(*) from levelled
      group by level, start, sender order by level, start, sender collate "C"
    on conflict (level, start, user_id) do update set messages = t.messages + excluded.messages
  ), by_user_minute as (
    insert into user_minutes select distinct minute, sender from fresh where minute >= oldest order by minute, sender
    on conflict do nothing
  ), stale as (
    -- Something came late: the stretch is counted again. The longest is a day of 25 hours.
    delete from active_user_counts as c
      using (select distinct start from levelled where level = 0) as touched
      where c.start > touched.start - 1600 and c.start <= touched.start and c.start + c.minutes > touched.start
  )
  select coalesce(sum(taken.upto - taken.known), 0),
      coalesce((select sum(head - known) from placed), 0) - coalesce(sum(taken.upto - taken.known), 0)
    into read, waiting from taken;
  delete from user_minutes as m where m.start < oldest;
end
$$;

-- How many users wrote in each stretch (from the minute of `starts` on, before that of `ends`), and keeps that for those that are
-- over. In line with tally_messages: nothing comes between counting and keeping.
create function count_active_users(starts integer[], ends integer[], now_minute integer)
returns table (start integer, users integer) language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock(1215652450, 19);
  return query
    with wanted as (
      select w.start, w."end" from unnest(starts, ends) as w (start, "end")
    ), counted as materialized (
      select w.start, w."end", case
        -- Days of UTC are there as such.
        when w."end" - w.start = 1440 and w.start % 1440 = 0 then
          (select count(*) from user_tallies as t where t.level = 1 and t.start = w.start)
        else
          (select count(distinct t.user_id) from user_tallies as t
            where t.level = 0 and t.start >= w.start and t.start < w."end")
        end::integer as users
      from wanted as w
    ), kept as (
      insert into active_user_counts (start, minutes, users)
        select c.start, c."end" - c.start, c.users from counted as c where c."end" <= now_minute
        on conflict do nothing
    )
    select c.start, c.users from counted as c;
end
$$;

-- Down Migration

drop function count_active_users;
drop function tally_messages;
drop table active_user_counts, user_minutes, user_tallies, channel_tallies, message_quarters, message_minutes, tally_heads;
drop function close_session_writers;
drop function record_sessions;
drop function tally_sessions;
drop table session_minutes, session_tallies, sessions, session_writers;
drop function change_rate_limit;
drop table rate_limit_head, special_rate_limits;
