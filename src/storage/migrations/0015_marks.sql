-- Up Migration

-- Up to where a user has read a channel. A mark of another epoch than the log's says nothing any more.
create table read_marks (
  user_id text collate "C" not null,
  channel_id text collate "C" not null,
  epoch text not null,
  seq bigint not null,
  -- When it last moved, ms since the epoch.
  marked_at bigint not null,
  primary key (user_id, channel_id)
) with (fillfactor = 80);

-- Mentions in a user's inbox by channel. `mention:created` of message `m` for user `u` has the id `m:m:u`, and the
-- channel's id stands in front of U+0001 in its client_message_id: an index over `data` would keep edits of all events
-- from being done in place.
create index events_mentions on events (log_id, split_part(client_message_id, E'\x01', 1), seq)
  where type = 'mention:created';

-- How many messages of others lie behind `mark`, without deleted ones: exact up to 999. 1,000: so many or more, or so much
-- else lies behind it that it isn't counted.
create function unread_messages(log bigint, reader text, mark bigint, head bigint)
returns integer language sql stable as $$
  select case when count(*) < 1000 and head > mark + 4000 then 1000 else count(*)::integer end
  from (
    select from events as e
    where e.log_id = log and e.seq > mark and e.seq <= mark + 4000 and e.type = 'message:created' and e.sender <> reader
      and not exists (select from amended_events as a where a.log_id = log and a.seq = e.seq and a.final)
    limit 1000
  ) as unread
$$;

-- Of the mentions in an inbox those whose message lies behind `mark` in the channel's log and isn't deleted, among the
-- newest 100. They stand in the order of their messages but for those that an edit brought: ten in a row that are read end
-- the search.
create function unread_mentions(inbox bigint, channel text, log bigint, mark bigint)
returns integer language plpgsql stable as $$
declare
  mention record;
  unread integer := 0;
  in_a_row integer := 0;
begin
  for mention in
    select e.seq, coalesce(a.final, false) as deleted
    from events as m
    left join events as e on e.id = split_part(m.id, ':', 1) and e.log_id = log
    left join amended_events as a on a.log_id = e.log_id and a.seq = e.seq
    where m.log_id = inbox and m.type = 'mention:created' and split_part(m.client_message_id, E'\x01', 1) = channel
    order by m.seq desc limit 100
  loop
    if mention.seq > mark and not mention.deleted then
      unread := unread + 1;
      in_a_row := 0;
    else
      in_a_row := in_a_row + 1;
      exit when in_a_row = 10;
    end if;
  end loop;
  return unread;
end
$$;

-- What a user has read of a channel, and what not: a row for any channel, of zeros where nobody wrote.
create function channel_unread(reader text, channel text)
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

-- Takes marks, no two of one user and channel, as JSON: [{user, channelId, seq, at}], and answers with what each user has
-- unread there then. A mark goes up to the head at most, and never back.
create function mark_read(marks json)
returns table (reader text, channel text, seq bigint, head bigint, unread integer, mentions integer)
language plpgsql as $$
#variable_conflict use_column
begin
  -- What is acknowledged is on disk, whatever the server's default says; until the end of the transaction.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';

  -- In one order, so that two batches don't wait for each other.
  insert into read_marks as r (user_id, channel_id, epoch, seq, marked_at)
    select m."user", m."channelId", l.epoch, least(m.seq, l.head), m.at
    from json_to_recordset(marks) as m ("user" text, "channelId" text, seq bigint, at bigint)
    join logs as l on l.key = 'channel:' || m."channelId"
    order by m."user" collate "C", m."channelId" collate "C"
    on conflict (user_id, channel_id) do update
      set epoch = excluded.epoch, seq = excluded.seq, marked_at = excluded.marked_at
      where r.seq < excluded.seq or r.epoch <> excluded.epoch;

  return query
    select m."user", m."channelId", u.seq, u.head, u.unread, u.mentions
    from json_to_recordset(marks) as m ("user" text, "channelId" text)
    cross join lateral channel_unread(m."user", m."channelId") as u;
end
$$;

-- The channels that a user follows: those with the `most` marks that moved last, and those with mentions that aren't read.
create function followed_channels(reader text, most integer)
returns table (channel text) language sql stable
set enable_seqscan = off
as $$
  (
    select m.channel_id from read_marks as m where m.user_id = reader
    order by m.marked_at desc, m.channel_id limit most
  )
  union
  (
    -- One look into the index for each channel that the user was ever mentioned in.
    with recursive mentioned as (
      (
        select m.log_id, split_part(m.client_message_id, E'\x01', 1) as channel, 1 as nth
        from events as m join logs as l on l.id = m.log_id
        where l.key = 'inbox:' || reader and m.type = 'mention:created'
        order by split_part(m.client_message_id, E'\x01', 1) limit 1
      )
      union all
      select mentioned.log_id, next.channel, mentioned.nth + 1
      from mentioned
      cross join lateral (
        select split_part(m.client_message_id, E'\x01', 1) as channel
        from events as m
        where m.log_id = mentioned.log_id and m.type = 'mention:created'
          and split_part(m.client_message_id, E'\x01', 1) > mentioned.channel
        order by split_part(m.client_message_id, E'\x01', 1) limit 1
      ) as next
      where mentioned.nth < most
    )
    select mentioned.channel from mentioned
  )
$$;

-- Down Migration

drop function followed_channels;
drop function mark_read;
drop function channel_unread;
drop function unread_mentions;
drop function unread_messages;
drop index events_mentions;
drop table read_marks;
