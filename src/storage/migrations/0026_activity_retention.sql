-- Up Migration

-- How often a key may be used, in the long run.
alter table api_keys add column requests_per_second integer not null default 100 check (requests_per_second > 0);

-- Forgets what is known of people by name from before `cutoff` (ms since the epoch, when a day of UTC begins): sessions that ended
-- before it, and what each user wrote before it, some `most` rows of each kind; how many it were. Sums without people stay.
-- Sessions of a writer are numbered in the order in which they began, so those that are over long since are its first ones,
-- and no index of their times is needed, which each end would have to be written to.
create function forget_activity(cutoff bigint, most integer) returns integer language plpgsql
set enable_seqscan = off
as $$
declare
  told session_writers;
  gone integer;
  total integer := 0;
begin
  perform set_config('synchronous_commit', 'off', true);
  for told in
    select w.* from session_writers as w
    where (select s.started_at from sessions as s where s.writer = w.id order by s.connection limit 1) < cutoff
    order by w.id
  loop
    delete from sessions as s
      using (select f.connection from sessions as f where f.writer = told.id order by f.connection limit most) as first
      where s.writer = told.id and s.connection = first.connection and s.ended_at < cutoff;
    get diagnostics gone = row_count;
    total := total + gone;
    exit when total >= most;
  end loop;
  delete from session_writers as w
    where w.closed and w.seen_at < cutoff and not exists (select from sessions as s where s.writer = w.id);

  -- A day and a month go as a whole.
  with old as (
    (select t.level, t.start, t.user_id from user_tallies as t
      where t.level = 0 and t.start < cutoff / 60000 limit most)
    union all
    (select t.level, t.start, t.user_id from user_tallies as t
      where t.level = 1 and t.start < cutoff / 60000 limit most)
    union all
    (select t.level, t.start, t.user_id from user_tallies as t
      where t.level = 2
        and t.start < extract(epoch from date_trunc('month', timestamp 'epoch' + cutoff * interval '1 ms')) / 60 limit most)
  )
  delete from user_tallies as t using old
    where t.level = old.level and t.start = old.start and t.user_id = old.user_id;
  get diagnostics gone = row_count;
  return total + gone;
end
$$;

-- Down Migration

drop function forget_activity;
alter table api_keys drop column requests_per_second;
