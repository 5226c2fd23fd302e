-- Up Migration

-- The words of each message of a channel, with marks of its log and its sender (src/search, docs/adr/0021). Filled in
-- behind the messages; no statement that appends writes here.
create table message_search (
  log_id bigint not null,
  seq bigint not null,
  timestamp bigint not null,
  words tsvector not null,
  primary key (log_id, seq)
);
-- Every search reads what waits in the list, so it is kept short.
create index message_search_words on message_search using gin (words)
  with (fastupdate = on, gin_pending_list_limit = 512);
create index message_search_time on message_search (timestamp, log_id, seq);

-- Up to which `seq` a log was taken in. `pass` counts how often something of it was: who would store words of texts that
-- were read in an earlier pass comes too late.
create table search_heads (
  log_id bigint primary key,
  seq bigint not null,
  pass bigint not null
) with (fillfactor = 50);

-- Messages whose text changed since their words were made, once for each change; searches leave them out.
create table search_again (
  log_id bigint not null,
  seq bigint not null,
  turn bigint generated always as identity,
  primary key (log_id, seq, turn)
);

-- Which server takes in what is new, and until when it has promised to; others wait until that is over.
create table search_turn (
  only_row boolean primary key default true check (only_row),
  holder text not null,
  until timestamptz not null
);
insert into search_turn (holder, until) values ('', now());

-- A message is amended: its words go in the same transaction. They may just be on their way in, by a statement that this one
-- doesn't see; so it is remembered that they are old in any case. Nothing here waits for a lock: what is locked is
-- being replaced, and is left out until then.
create function forget_in_search() returns trigger language plpgsql as $$
begin
  if not exists (select from logs as l where l.id = new.log_id and starts_with(l.key, 'channel:')) then
    return null;
  end if;
  insert into search_again (log_id, seq) values (new.log_id, new.seq);
  perform 1 from message_search as m where m.log_id = new.log_id and m.seq = new.seq for update skip locked;
  if found then
    delete from message_search as m where m.log_id = new.log_id and m.seq = new.seq;
  end if;
  return null;
end
$$;

-- The functions that append write each amendment once with a place of their batch, below 0, for the number that it gets.
create trigger forget_in_search after insert or update on amended_events
  for each row when (new.latest_seq < 0) execute function forget_in_search();

-- Stores the words of one pass, in the transaction of this one statement: of each log the pass and the `seq` that it comes up
-- to, the changed messages that it has read, and the rows. Logs of which another pass was stored meanwhile are left out;
-- the answer is how many weren't.
create function store_in_search(
  log_list bigint[], pass_list bigint[], seq_list bigint[],
  again_logs bigint[], again_seqs bigint[], again_turns bigint[],
  row_logs bigint[], row_seqs bigint[], row_times bigint[], row_words text[]
) returns integer language plpgsql as $$
declare
  taken bigint[];
begin
  -- What is lost in a crash is made again, and never apart from its pass.
  perform set_config('synchronous_commit', 'off', true);
  with stored as (
    insert into search_heads as h (log_id, seq, pass)
      select t.log_id, t.seq, t.pass + 1 from unnest(log_list, pass_list, seq_list) as t (log_id, pass, seq)
      order by t.log_id
      on conflict (log_id) do update set seq = excluded.seq, pass = excluded.pass
        where h.pass = excluded.pass - 1
      returning h.log_id
  )
  select coalesce(array_agg(log_id), '{}') into taken from stored;

  delete from message_search as m using unnest(again_logs, again_seqs) as t (log_id, seq)
    where m.log_id = t.log_id and m.seq = t.seq and t.log_id = any (taken);
  delete from search_again as a using unnest(again_logs, again_seqs, again_turns) as t (log_id, seq, turn)
    where a.log_id = t.log_id and a.seq = t.seq and a.turn = t.turn and t.log_id = any (taken);
  insert into message_search (log_id, seq, timestamp, words)
    select t.log_id, t.seq, t.timestamp, t.words::tsvector
    from unnest(row_logs, row_seqs, row_times, row_words) as t (log_id, seq, timestamp, words)
    where t.log_id = any (taken)
      and not exists (select from search_again as a where a.log_id = t.log_id and a.seq = t.seq)
    on conflict (log_id, seq) do nothing;
  return cardinality(taken);
end
$$;

-- Down Migration

drop trigger forget_in_search on amended_events;
drop function store_in_search;
drop function forget_in_search;
drop table search_turn, search_again, search_heads, message_search;
