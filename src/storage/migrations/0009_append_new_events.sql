-- Up Migration

-- What append_events and append_inbox_events do, for a batch as nearly all are: its logs exist, and none of its entries
-- is known. It finds out by trying, and answers with the heads that the logs had, in the order of the keys: an entry's
-- number is its log's head and its rank. Where a log is missing or an entry stands in its log already, what was tried is
-- undone and they do it, and answer as they do; `heads` is null then.
--
-- Takes two more lists than they do: how many entries go to each log, and of each entry the how manieth of its log it is
-- (from 1), so that nothing has to be sorted here. `correspondents` has each whisper's, empty for other entries; null when
-- there are none.
create function append_new_events(
  keys text, counts text, places text, ranks text, ids text, types text, senders text, client_message_ids text,
  times text, datas text, correspondents text, out heads text, out seqs text, out duplicates text
) language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  separator constant text := E'\x1f';
  log_keys constant text[] := trim_array(string_to_array(keys, separator), 1);
  count_list constant integer[] := trim_array(string_to_array(counts, separator), 1);
  place_list constant integer[] := trim_array(string_to_array(places, separator), 1);
  rank_list constant integer[] := trim_array(string_to_array(ranks, separator), 1);
  id_list constant text[] := trim_array(string_to_array(ids, separator), 1);
  type_list constant text[] := trim_array(string_to_array(types, separator), 1);
  sender_list constant text[] := trim_array(string_to_array(senders, separator), 1);
  client_list constant text[] := trim_array(string_to_array(client_message_ids, separator, ''), 1);
  time_list constant bigint[] := trim_array(string_to_array(times, separator), 1);
  data_list constant text[] := trim_array(string_to_array(datas, separator), 1);
  correspondent_list constant text[] := trim_array(string_to_array(correspondents, separator, ''), 1);
  total constant integer := cardinality(place_list);
  locked_keys text[];
  log_ids bigint[];
  head_list bigint[];
begin
  if (cardinality(count_list), cardinality(rank_list), cardinality(id_list), cardinality(type_list),
      cardinality(sender_list), cardinality(client_list), cardinality(time_list), cardinality(data_list),
      coalesce(cardinality(correspondent_list), total))
    is distinct from (cardinality(log_keys), total, total, total, total, total, total, total, total)
  then
    raise exception 'a column holds U+001F' using errcode = 'invalid_parameter_value';
  end if;

  begin
    select array_agg(l.key), array_agg(l.id), array_agg(l.head) into locked_keys, log_ids, head_list
      from (select key, id, head from logs where key = any (log_keys) order by key for update) as l;
    if locked_keys is distinct from log_keys then
      raise exception 'a log is missing' using errcode = 'no_data_found';
    end if;

    insert into events (log_id, seq, id, type, sender, client_message_id, timestamp, data)
      select log_ids[t.place], head_list[t.place] + t.rank, t.id, t.type, t.sender, t.client_id, t.time, t.data::json
      from unnest(place_list, rank_list, id_list, type_list, sender_list, client_list, time_list, data_list)
        as t (place, rank, id, type, sender, client_id, time, data);
    update logs set head = head_list[t.place] + t.count
      from unnest(count_list) with ordinality as t (count, place)
      where logs.id = log_ids[t.place];
  exception
    when unique_violation or no_data_found then
      if correspondents is null then
        select known.seqs, known.duplicates into seqs, duplicates
          from append_events(keys, places, ids, types, senders, client_message_ids, times, datas, false) as known;
      else
        select known.seqs, known.duplicates into seqs, duplicates
          from append_inbox_events(keys, places, ids, types, senders, client_message_ids, times, datas, false) as known;
      end if;
      return;
  end;

  heads := array_to_string(head_list, separator);
  if correspondents is null then
    return;
  end if;

  -- Locks of conversations come after those of heads, and in the order of their keys.
  with placed as (
    insert into whispers (log_id, correspondent, seq, sent)
      select log_ids[t.place], t.correspondent, head_list[t.place] + t.rank, t.sender = substr(log_keys[t.place], 7)
      from unnest(place_list, rank_list, sender_list, correspondent_list) as t (place, rank, sender, correspondent)
      where t.correspondent is not null
  )
  insert into conversations (owner, correspondent, last_seq, unread)
    select w.owner, w.correspondent, max(w.seq), count(*) filter (where w.sender <> w.owner)
    from (
      select substr(log_keys[t.place], 7) as owner, t.correspondent, head_list[t.place] + t.rank as seq, t.sender
      from unnest(place_list, rank_list, sender_list, correspondent_list) as t (place, rank, sender, correspondent)
      where t.correspondent is not null
    ) as w
    group by w.owner, w.correspondent
    order by w.owner collate "C", w.correspondent collate "C"
    on conflict (owner, correspondent) do update set
      last_seq = excluded.last_seq, unread = conversations.unread + excluded.unread;
end
$$;

-- Down Migration

drop function append_new_events;
