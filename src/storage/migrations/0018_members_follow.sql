-- Up Migration

-- The channels that a user follows: those with the `most` marks that moved last, those to which they came as a member last, and
-- those with mentions that aren't read.
create or replace function followed_channels(reader text, most integer)
returns table (channel text) language sql stable
set enable_seqscan = off
as $$
  (
    select m.channel_id from read_marks as m where m.user_id = reader
    order by m.marked_at desc, m.channel_id limit most
  )
  union
  (
    select m.channel_id from channel_members as m where m.user_id = reader
    order by m.joined_at desc, m.channel_id limit most
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

create or replace function followed_channels(reader text, most integer)
returns table (channel text) language sql stable
set enable_seqscan = off
as $$
  (
    select m.channel_id from read_marks as m where m.user_id = reader
    order by m.marked_at desc, m.channel_id limit most
  )
  union
  (
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
