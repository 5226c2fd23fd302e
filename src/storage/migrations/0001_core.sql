-- Up Migration

-- One row. The epoch is that of every log until something resets the log (purge, restore from a backup).
create table server_instance (
  only_row boolean primary key default true check (only_row),
  id text not null,
  epoch text not null
);
insert into server_instance (id, epoch) values (gen_random_uuid()::text, gen_random_uuid()::text);

create table channels (
  id text collate "C" primary key,
  name text not null,
  topic text,
  private boolean not null default false,
  created_by text,
  created_at bigint not null
);

-- The heads move with every batch: free space in their pages keeps these updates off the index.
create table logs (
  id bigint generated always as identity primary key,
  key text collate "C" not null unique,
  epoch text not null,
  head bigint not null default 0
) with (fillfactor = 50);

-- No foreign key to logs: append_events is the only writer, and every row would pay for the check.
-- `json` keeps the text byte for byte and refuses what isn't JSON.
create table events (
  log_id bigint not null,
  seq bigint not null,
  id text collate "C" not null,
  type text not null,
  sender text collate "C" not null,
  client_message_id text collate "C",
  timestamp bigint not null,
  data json not null,
  primary key (log_id, seq)
);
create unique index events_id on events (id);
create unique index events_client_message_id on events (log_id, sender, client_message_id)
  where client_message_id is not null;

create table names (
  key text collate "C" primary key,
  user_id text collate "C" not null unique,
  name text not null,
  wanted_key text collate "C" not null,
  guest boolean not null,
  claimed_at bigint not null
);

create table accounts (
  id text collate "C" primary key,
  name text not null,
  name_key text collate "C" not null unique,
  email text,
  email_key text collate "C" unique,
  password_hash text not null,
  roles text[] not null,
  created_at bigint not null
);

-- `initial` marks the key that the first server made; the index lets only one of several servers do so.
create table signing_keys (
  kid text collate "C" primary key,
  alg text not null,
  private_jwk json not null,
  initial boolean not null,
  created_at bigint not null
);
create unique index signing_keys_initial on signing_keys (initial) where initial;

create table rate_limits (
  class text primary key,
  max_requests integer not null check (max_requests > 0),
  window_ms integer not null check (window_ms > 0)
);

-- Commits one batch and numbers it. Lists come joined by U+001F with one more at the end, so that an empty text is told
-- from none: the keys of the logs, distinct and in the order of their bytes; then for each entry the place of its log
-- among the keys (from 1), id, type, sender, client message id (empty: none), time and data. `by_id` looks for the ids
-- too. Answers with the numbers in the entries' order and, for duplicates, `place=id` (places from 1).
--
-- A statement of a plpgsql function sees what was committed before that statement began. So duplicates are looked for
-- in a statement after the one that locks the heads: what another writer committed while we waited is seen.
create function append_events(
  keys text, places text, ids text, types text, senders text, client_message_ids text, times text, datas text,
  by_id boolean, out seqs text, out duplicates text
) language plpgsql
-- Every look-up goes by index, planned once for a session, whether the tables are empty or huge.
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
  client_list constant text[] := trim_array(string_to_array(client_message_ids, separator, ''), 1);
  time_list constant bigint[] := trim_array(string_to_array(times, separator), 1);
  data_list constant text[] := trim_array(string_to_array(datas, separator), 1);
  total constant integer := cardinality(place_list);
  locked_keys text[];
  log_ids bigint[];
  heads bigint[];
  made integer;
begin
  if (cardinality(id_list), cardinality(type_list), cardinality(sender_list), cardinality(client_list),
      cardinality(time_list), cardinality(data_list)) is distinct from (total, total, total, total, total, total)
  then
    raise exception 'a column holds U+001F' using errcode = 'invalid_parameter_value';
  end if;

  -- New logs are made in key order too, and before any head is locked: no two batches can wait for each other.
  insert into logs (key, epoch)
    select wanted.key, instance.epoch
    from unnest(log_keys) with ordinality as wanted (key, place), server_instance as instance
    where not exists (select from logs where logs.key = wanted.key)
    order by wanted.place
    on conflict (key) do nothing;
  get diagnostics made = row_count;
  if made > 0 then
    insert into channels (id, name, created_at)
      select substr(key, 9), substr(key, 9), time_list[1] from unnest(log_keys) as key where key like 'channel:%'
      on conflict (id) do nothing;
  end if;

  select array_agg(l.key), array_agg(l.id), array_agg(l.head) into locked_keys, log_ids, heads
    from (select key, id, head from logs where key = any (log_keys) order by key for update) as l;
  if locked_keys is distinct from log_keys then
    raise exception 'keys must be distinct and in order' using errcode = 'invalid_parameter_value';
  end if;

  with entry as materialized (
    select t.place, t.nth, t.id, t.type, t.sender, t.client_id, t.time, t.data,
      coalesce(same.id, twin.id) as known_id, coalesce(same.seq, twin.seq) as known_seq
    from unnest(place_list, id_list, type_list, sender_list, client_list, time_list, data_list)
      with ordinality as t (place, id, type, sender, client_id, time, data, nth)
    left join lateral (
      select e.id, e.seq from events as e
      where e.log_id = log_ids[t.place] and e.sender = t.sender and e.client_message_id = t.client_id
    ) as twin on true
    left join lateral (select e.id, e.seq from events as e where by_id and e.id = t.id) as same on true
  ), numbered as materialized (
    select entry.*,
      case when known_id is null
        then heads[place] + count(*) filter (where known_id is null) over (partition by place order by nth)
        else known_seq
      end as seq
    from entry
  ), inserted as (
    insert into events (log_id, seq, id, type, sender, client_message_id, timestamp, data)
      select log_ids[place], seq, id, type, sender, client_id, time, data::json
      from numbered where known_id is null
  ), moved as (
    update logs set head = reached.head
      from (select place, max(seq) as head from numbered where known_id is null group by place) as reached
      where logs.id = log_ids[reached.place]
  )
  select string_agg(seq::text, separator order by nth),
      string_agg(nth || '=' || known_id, separator order by nth) filter (where known_id is not null)
    into seqs, duplicates
    from numbered;
end
$$;

-- Down Migration

drop function append_events;
drop table rate_limits, signing_keys, accounts, names, events, logs, channels, server_instance;
