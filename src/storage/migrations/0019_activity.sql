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

-- Down Migration

drop function change_rate_limit;
drop table rate_limit_head, special_rate_limits;
