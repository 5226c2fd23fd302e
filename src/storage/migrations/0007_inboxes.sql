-- Up Migration

-- One side of a conversation of two users: its owner's; the other one is the correspondent's row. Numbers are those of
-- the owner's log. The correspondent's whispers have come to the owner up to `delivered_seq` and were read up to
-- `read_seq`; the owner's own ones have come to the correspondent up to `sent_delivered_seq`, and so on.
--
-- Rows move with every whisper: free space in their pages, and no index on what moves, keep that off the indexes. A list
-- of conversations sorts all that the owner has.
create table conversations (
  owner text collate "C" not null,
  correspondent text collate "C" not null,
  last_seq bigint not null,
  unread bigint not null,
  delivered_seq bigint not null default 0,
  read_seq bigint not null default 0,
  sent_delivered_seq bigint not null default 0,
  sent_read_seq bigint not null default 0,
  primary key (owner, correspondent)
) with (fillfactor = 50);

-- The whispers of an inbox by correspondent. A table rather than a column of `events`, which then costs a message in a
-- channel nothing.
create table whispers (
  log_id bigint not null,
  correspondent text collate "C" not null,
  seq bigint not null,
  -- By the owner of the inbox.
  sent boolean not null,
  primary key (log_id, correspondent, seq)
);

create table blocks (
  owner text collate "C" not null,
  blocked text collate "C" not null,
  blocked_at bigint not null,
  primary key (owner, blocked)
);

create table inbox_settings (
  owner text collate "C" primary key,
  whisper_policy text not null check (whisper_policy in ('anyone', 'shared', 'nobody'))
);

-- append_events for a batch with entries of inboxes: each `whisper:created` that is new there moves its conversation. The
-- correspondent is the sender, or where the owner is the sender the recipient; without one the batch is refused.
--
-- Heads of logs are locked first, then conversations in the order of their keys, as mark_whispers does: neither waits for
-- another in a circle.
create function append_inbox_events(
  keys text, places text, ids text, types text, senders text, client_message_ids text, times text, datas text,
  by_id boolean, out seqs text, out duplicates text
) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  separator constant text := E'\x1f';
  log_keys constant text[] := trim_array(string_to_array(keys, separator), 1);
  place_list constant integer[] := trim_array(string_to_array(places, separator), 1);
  type_list constant text[] := trim_array(string_to_array(types, separator), 1);
  sender_list constant text[] := trim_array(string_to_array(senders, separator), 1);
  data_list constant text[] := trim_array(string_to_array(datas, separator), 1);
  known bigint[];
begin
  select appended.seqs, appended.duplicates into seqs, duplicates
    from append_events(keys, places, ids, types, senders, client_message_ids, times, datas, by_id) as appended;
  select coalesce(array_agg(split_part(item, '=', 1)::bigint), '{}') into known
    from unnest(string_to_array(duplicates, separator)) as item;

  with entry as (
    select t.*, substr(log_keys[t.place], 7) as owner
    from unnest(place_list, type_list, sender_list, data_list, string_to_array(seqs, separator)::bigint[])
      with ordinality as t (place, type, sender, data, seq, nth)
    where t.type = 'whisper:created' and log_keys[t.place] like 'inbox:%' and t.nth <> all (known)
  ), whisper as materialized (
    select l.id as log_id, entry.owner, entry.seq, entry.sender = entry.owner as sent,
      case when entry.sender = entry.owner then entry.data::json -> 'to' ->> 'id' else entry.sender end as correspondent
    from entry join logs as l on l.key = log_keys[entry.place]
  ), placed as (
    insert into whispers (log_id, correspondent, seq, sent) select log_id, correspondent, seq, sent from whisper
  )
  insert into conversations (owner, correspondent, last_seq, unread)
    select owner, correspondent, max(seq), count(*) filter (where not sent) from whisper
    group by owner, correspondent
    order by owner collate "C", correspondent collate "C"
    on conflict (owner, correspondent) do update set
      last_seq = excluded.last_seq, unread = conversations.unread + excluded.unread;
end
$$;

-- Takes marks, no two of one conversation, as JSON: [{owner, correspondent, delivered, read}]. Moves the owners' sides up
-- to their newest whisper at most, then what the correspondents' sides know of their sent ones. Answers with the owners'
-- sides, and with the newest whispers that were delivered and read: their ids, and the numbers of their copies in the
-- correspondents' logs.
create function mark_whispers(marks json)
returns table (
  owner text, correspondent text, last_seq bigint, unread bigint, delivered_seq bigint, read_seq bigint,
  sent_delivered_seq bigint, sent_read_seq bigint,
  delivered_id text, delivered_sent_seq bigint, read_id text, read_sent_seq bigint
) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  -- What is acknowledged is on disk, whatever the server's default says; until the end of the transaction.
  perform set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off';

  perform 1 from conversations as c
    where (c.owner, c.correspondent) in (
      select m.owner, m.correspondent from json_to_recordset(marks) as m (owner text, correspondent text)
      union
      select m.correspondent, m.owner from json_to_recordset(marks) as m (owner text, correspondent text)
    )
    order by c.owner, c.correspondent for update;

  -- A statement of its own: it sees what those had committed whom the locks waited for.
  update conversations as c set
      delivered_seq = greatest(c.delivered_seq, least(greatest(m.delivered, m.read), c.last_seq)),
      read_seq = greatest(c.read_seq, least(m.read, c.last_seq)),
      unread = c.unread - (
        select count(*) from whispers as w
        where w.log_id = l.id and w.correspondent = c.correspondent and w.seq > c.read_seq and w.seq <= m.read
          and not w.sent
      )
    from json_to_recordset(marks) as m (owner text, correspondent text, delivered bigint, read bigint)
    join logs as l on l.key = 'inbox:' || m.owner
    where c.owner = m.owner and c.correspondent = m.correspondent
      and (m.read > c.read_seq or m.delivered > c.delivered_seq);

  return query
  with side as materialized (
    select c.*, delivered.id as delivered_id, delivered.sent_seq as delivered_sent_seq,
      read.id as read_id, read.sent_seq as read_sent_seq
    from json_to_recordset(marks) as m (owner text, correspondent text)
    join conversations as c on c.owner = m.owner and c.correspondent = m.correspondent
    join logs as l on l.key = 'inbox:' || c.owner
    left join lateral newest_received(l.id, c.correspondent, c.delivered_seq) as delivered on true
    left join lateral newest_received(l.id, c.correspondent, c.read_seq) as read on true
  ), moved as (
    update conversations as c set
        sent_delivered_seq = greatest(c.sent_delivered_seq, side.delivered_sent_seq),
        sent_read_seq = greatest(c.sent_read_seq, side.read_sent_seq)
      from side
      where c.owner = side.correspondent and c.correspondent = side.owner
        and (side.delivered_sent_seq > c.sent_delivered_seq or side.read_sent_seq > c.sent_read_seq)
      returning c.*
  )
  select side.owner, side.correspondent, side.last_seq, side.unread, side.delivered_seq, side.read_seq,
      coalesce(moved.sent_delivered_seq, side.sent_delivered_seq), coalesce(moved.sent_read_seq, side.sent_read_seq),
      side.delivered_id, side.delivered_sent_seq, side.read_id, side.read_sent_seq
    -- Of two marks of both sides of one conversation each moves what the other one tells.
    from side left join moved on moved.owner = side.owner and moved.correspondent = side.correspondent;
end
$$;

-- Of the whispers that `correspondent` sent to the owner of a log, the newest up to `seq`.
create function newest_received(log_id bigint, correspondent text, seq bigint)
returns table (id text, sent_seq bigint) language sql stable as $$
  select received.id, copy.seq
  from whispers as w
  join events as received on received.log_id = w.log_id and received.seq = w.seq
  join events as copy on copy.id = received.id || ':sent'
  where w.log_id = $1 and w.correspondent = $2 and w.seq <= $3 and not w.sent
  order by w.seq desc limit 1
$$;

-- Down Migration

drop function mark_whispers;
drop function newest_received;
drop function append_inbox_events;
drop table inbox_settings, blocks, whispers, conversations;
