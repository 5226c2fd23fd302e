-- Up Migration

-- Events that others of their log have amended: which one did so last, and whether they take no further one. A table of
-- its own: a column would make every row of `events` eight bytes longer.
create table amended_events (
  log_id bigint not null,
  seq bigint not null,
  latest_seq bigint not null,
  final boolean not null,
  primary key (log_id, seq)
);

-- append_inbox_events for a batch in which entries amend earlier events of their logs. `amendments` names those entries:
-- [{nth, target, data, superseded, final}], the place of the entry among all (from 1), the id of the event that it amends,
-- and what becomes of that event's data and of the amendment before. Decides by the event as it stands when the heads are
-- locked, each entry after the one before it:
-- - it isn't in the log, or takes none any more: the entry doesn't land, its number is 0;
-- - its data is what the entry makes of it, but for `editedAt`: a duplicate of what made it so;
-- - otherwise the entry lands. The event's data is rewritten, and the amendment before says nothing any more.
create function append_amending_events(
  keys text, places text, ids text, types text, senders text, client_message_ids text, times text, datas text,
  by_id boolean, amendments json, out seqs text, out duplicates text
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
  id_list constant text[] := trim_array(string_to_array(ids, separator), 1);
  type_list constant text[] := trim_array(string_to_array(types, separator), 1);
  sender_list constant text[] := trim_array(string_to_array(senders, separator), 1);
  client_list constant text[] := trim_array(string_to_array(client_message_ids, separator), 1);
  time_list constant bigint[] := trim_array(string_to_array(times, separator), 1);
  data_list text[] := trim_array(string_to_array(datas, separator), 1);
  total constant integer := cardinality(place_list);
  plain_keys constant text[] := array(
    select distinct log_keys[t.place] collate "C" from unnest(place_list) with ordinality as t (place, nth)
    where t.nth not in (select (item ->> 'nth')::integer from json_array_elements(amendments) as item)
    order by 1
  );
  -- By entry: its number, 0 for none, below 0 for that of another entry, null for one that append_inbox_events places;
  -- and the id of the event that it is a duplicate of.
  known_seqs bigint[] := array_fill(null::bigint, array[total]);
  known_ids text[] := array_fill(null::text, array[total]);
  amendment record;
  landed record;
  target record;
  target_logs bigint[] := '{}';
  target_seqs bigint[] := '{}';
  kept integer[];
  kept_keys text[];
  appended record;
  made integer;
begin
  if (cardinality(id_list), cardinality(type_list), cardinality(sender_list), cardinality(client_list),
      cardinality(time_list), cardinality(data_list)) is distinct from (total, total, total, total, total, total)
  then
    raise exception 'a column holds U+001F' using errcode = 'invalid_parameter_value';
  end if;

  -- As append_events does, and for its reasons: first logs that don't exist yet, then heads, each in the order of keys.
  insert into logs (key, epoch)
    select wanted.key, instance.epoch
    from unnest(plain_keys) with ordinality as wanted (key, place), server_instance as instance
    where not exists (select from logs where logs.key = wanted.key)
    order by wanted.place
    on conflict (key) do nothing;
  get diagnostics made = row_count;
  if made > 0 then
    insert into channels (id, name, created_at)
      select substr(key, 9), substr(key, 9), time_list[1] from unnest(plain_keys) as key where key like 'channel:%'
      on conflict (id) do nothing;
  end if;
  perform 1 from logs where key = any (log_keys) order by key for update;

  for amendment in
    select item.*, l.id as log_id
    from json_to_recordset(amendments) as item (nth integer, target text, data text, superseded text, final boolean)
    left join logs as l on l.key = log_keys[place_list[item.nth]]
    order by item.nth
  loop
    -- A retry of one that landed, whatever has become of its event since.
    select e.id, e.seq into landed from events as e where e.id = id_list[amendment.nth];
    if found then
      known_ids[amendment.nth] := landed.id;
      known_seqs[amendment.nth] := landed.seq;
      continue;
    end if;

    select e.seq, e.data, a.latest_seq, a.final into target
      from events as e left join amended_events as a on a.log_id = e.log_id and a.seq = e.seq
      where e.id = amendment.target and e.log_id = amendment.log_id;
    if not found then
      known_seqs[amendment.nth] := 0;
    elsif target.data::jsonb - 'editedAt' = amendment.data::jsonb - 'editedAt' then
      known_seqs[amendment.nth] := coalesce(target.latest_seq, target.seq);
      known_ids[amendment.nth] := coalesce(
        id_list[-target.latest_seq],
        (select e.id from events as e
          where e.log_id = amendment.log_id and e.seq = coalesce(target.latest_seq, target.seq))
      );
    elsif target.final then
      known_seqs[amendment.nth] := 0;
    else
      if target.latest_seq < 0 then
        data_list[-target.latest_seq] := amendment.superseded;
      else
        update events set data = amendment.superseded::json
          where log_id = amendment.log_id and seq = target.latest_seq;
      end if;
      update events set data = amendment.data::json where log_id = amendment.log_id and seq = target.seq;
      -- This entry has no number yet: its place, below 0, stands for it until then.
      insert into amended_events as a (log_id, seq, latest_seq, final)
        values (amendment.log_id, target.seq, -amendment.nth, amendment.final)
        on conflict (log_id, seq) do update set latest_seq = excluded.latest_seq, final = excluded.final;
      target_logs := target_logs || amendment.log_id;
      target_seqs := target_seqs || target.seq;
    end if;
  end loop;

  kept := array(select nth from generate_series(1, total) as nth where known_seqs[nth] is null order by nth);
  if cardinality(kept) > 0 then
    kept_keys := array(select distinct log_keys[place_list[nth]] collate "C" from unnest(kept) as nth order by 1);
    select result.seqs, result.duplicates into appended
    from (
      select
        string_agg(array_position(kept_keys, log_keys[place_list[nth]]) || separator, '' order by nth) as places,
        string_agg(id_list[nth] || separator, '' order by nth) as ids,
        string_agg(type_list[nth] || separator, '' order by nth) as types,
        string_agg(sender_list[nth] || separator, '' order by nth) as senders,
        string_agg(client_list[nth] || separator, '' order by nth) as client_message_ids,
        string_agg(time_list[nth] || separator, '' order by nth) as times,
        string_agg(data_list[nth] || separator, '' order by nth) as datas
      from unnest(kept) as nth
    ) as rest
    cross join lateral append_inbox_events(
      array_to_string(kept_keys, separator) || separator, rest.places, rest.ids, rest.types, rest.senders,
      rest.client_message_ids, rest.times, rest.datas, by_id
    ) as result;
    for landed in
      select kept[t.nth] as nth, t.seq, substr(t.known, strpos(t.known, '=') + 1) as id
      from (
        select placed.nth, placed.seq, d.known
        from unnest(string_to_array(appended.seqs, separator)::bigint[]) with ordinality as placed (seq, nth)
        left join unnest(string_to_array(appended.duplicates, separator)) as d (known)
          on split_part(d.known, '=', 1)::integer = placed.nth
      ) as t
    loop
      known_seqs[landed.nth] := landed.seq;
      known_ids[landed.nth] := landed.id;
    end loop;
  end if;

  update amended_events as a set latest_seq = known_seqs[-a.latest_seq]
    from unnest(target_logs, target_seqs) as t (log_id, seq)
    where a.log_id = t.log_id and a.seq = t.seq and a.latest_seq < 0;

  select string_agg((case when seq < 0 then known_seqs[-seq] else seq end)::text, separator order by nth),
      string_agg(nth || '=' || known_ids[nth], separator order by nth) filter (where known_ids[nth] is not null)
    into seqs, duplicates
    from unnest(known_seqs) with ordinality as t (seq, nth);
end
$$;

-- Down Migration

drop function append_amending_events;
drop table amended_events;
