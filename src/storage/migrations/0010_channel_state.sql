-- Up Migration

-- What moderators decide beside name, topic and privacy; `position` orders lists, those without one stand behind.
alter table channels
  add column settings json not null default '{}',
  add column position integer;

-- Whoever belongs to a channel, connected or not. Of public channels only those who have a role need a row.
create table channel_members (
  channel_id text collate "C" not null,
  user_id text collate "C" not null,
  name text not null,
  role text not null check (role in ('owner', 'moderator', 'member')),
  joined_at bigint not null,
  primary key (channel_id, user_id)
);
create index channel_members_user on channel_members (user_id);

-- Mutes, bans and kicks with their history; without a channel they hold everywhere. In force: neither ended, pardoned nor
-- replaced. `change` numbers those from everywhere among the changes of who may do what.
create table sanctions (
  id text collate "C" primary key,
  channel_id text collate "C",
  kind text not null check (kind in ('mute', 'ban', 'kick')),
  user_id text collate "C" not null,
  user_name text not null,
  by_id text collate "C" not null,
  by_name text not null,
  reason text,
  created_at bigint not null,
  until bigint,
  ended_at bigint,
  ended_by text collate "C",
  ended_by_name text,
  change bigint
);
create index sanctions_in_force on sanctions (channel_id, kind, user_id) where ended_at is null;
create index sanctions_user on sanctions (user_id, created_at);
create index sanctions_change on sanctions (change) where change is not null;

-- `seq` is the message's. `event_id` is that of the event that added it, which may not have landed yet. `place` orders them
-- as they came; `emoji_place` orders the emoji of a message: the `place` of the first one of it since there was none.
create sequence reaction_places;
create table reactions (
  log_id bigint not null,
  seq bigint not null,
  emoji text not null,
  user_id text collate "C" not null,
  event_id text collate "C" not null,
  place bigint not null,
  emoji_place bigint not null,
  primary key (log_id, seq, emoji, user_id)
);

-- `pinned_seq` is the number of the event that pinned it.
create table pins (
  log_id bigint not null,
  seq bigint not null,
  id text collate "C" not null,
  pinned_seq bigint not null,
  primary key (log_id, seq)
);

-- A message `seq` that replies below the message `root`.
create table replies (
  log_id bigint not null,
  seq bigint not null,
  root bigint not null,
  primary key (log_id, seq)
);
create index replies_root on replies (log_id, root, seq);

-- How many replies are below the message `root`, deleted ones not counted. `last_at` is when the last one came, which may
-- have been deleted since. Without replies there is no row.
create table threads (
  log_id bigint not null,
  root bigint not null,
  count bigint not null,
  last_at bigint not null,
  primary key (log_id, root)
);

-- Texts of messages that were edited, for moderators; `version` counts from 1.
create table message_versions (
  log_id bigint not null,
  seq bigint not null,
  version integer not null,
  content text not null,
  replaced_at bigint not null,
  primary key (log_id, seq, version)
);

-- What a page shows of a message beside its data, null for nothing: reactions, the head of what it replies to, its replies.
create function message_extras(log bigint, seq bigint, reply_to text) returns json language sql stable as $$
  select nullif(json_strip_nulls(json_build_object(
    'reactions', (
      select json_agg(json_build_object('emoji', r.emoji, 'users', r.users) order by r.place)
      from (
        select emoji, json_agg(user_id order by place) as users, min(emoji_place) as place
        from reactions where reactions.log_id = log and reactions.seq = message_extras.seq group by emoji
      ) as r
    ),
    'quote', (
      select json_build_object('id', e.id, 'author', e.data -> 'author',
        'content', left(e.data ->> 'content', 200), 'deleted', e.data -> 'deleted')
      from events as e where e.id = reply_to and e.log_id = log and e.type = 'message:created'
    ),
    'thread', (
      select json_build_object('count', t.count, 'lastAt', t.last_at)
      from threads as t where t.log_id = log and t.root = message_extras.seq
    )
  ))::text, '{}')::json
$$;

-- One change that the entry `id` of the log `log`, which landed as `seq`, makes at `at` (ms since the epoch).
create function apply_channel_change(log bigint, key text, id text, seq bigint, at bigint, change json)
returns void language plpgsql as $$
declare
  channel constant text := substr(key, 9);
  named constant json := change -> 'sanction';
  pardon constant json := change;
begin
  case change ->> 'kind'
    when 'channel' then
      update channels as c set
          name = coalesce(change ->> 'name', c.name),
          topic = case when change -> 'topic' is null then c.topic else change ->> 'topic' end,
          private = coalesce((change ->> 'private')::boolean, c.private),
          position = coalesce((change ->> 'position')::integer, c.position),
          settings = (c.settings::jsonb || coalesce((change -> 'settings')::jsonb, '{}'))::json
        where c.id = channel;
    when 'member' then
      if change ->> 'role' is null then
        delete from channel_members as m where m.channel_id = channel and m.user_id = change ->> 'user';
      else
        insert into channel_members as m (channel_id, user_id, name, role, joined_at)
          values (channel, change ->> 'user', change ->> 'name', change ->> 'role', at)
          on conflict (channel_id, user_id) do update set role = excluded.role, name = excluded.name;
      end if;
    when 'sanction' then
      update sanctions as s set ended_at = at
        where s.channel_id = channel and s.kind = named ->> 'kind' and s.user_id = named ->> 'user'
          and s.ended_at is null;
      insert into sanctions
          (id, channel_id, kind, user_id, user_name, by_id, by_name, reason, created_at, until)
        values (apply_channel_change.id, channel, named ->> 'kind', named ->> 'user', named ->> 'name', named ->> 'by',
          named ->> 'byName', named ->> 'reason', at, (named ->> 'until')::bigint);
    when 'pardon' then
      -- The table has a column of that name.
      update sanctions as s
        set ended_at = at, ended_by = pardon ->> 'by', ended_by_name = pardon ->> 'byName'
        where s.channel_id = channel and s.kind = pardon ->> 'sanction' and s.user_id = pardon ->> 'user'
          and s.ended_at is null;
    when 'pin' then
      if (change ->> 'isPinned')::boolean then
        insert into pins (log_id, seq, id, pinned_seq)
          select log, e.seq, e.id, apply_channel_change.seq from events as e
          where e.id = change ->> 'target' and e.log_id = log
          on conflict do nothing;
      else
        delete from pins as p where p.log_id = log and p.id = change ->> 'target';
      end if;
    when 'reply' then
      insert into replies (log_id, seq, root)
        select log, apply_channel_change.seq, e.seq from events as e where e.id = change ->> 'root' and e.log_id = log;
      insert into threads as t (log_id, root, count, last_at)
        select log, r.root, 1, at from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
        on conflict (log_id, root) do update set count = t.count + 1, last_at = greatest(t.last_at, excluded.last_at);
    else
      raise exception 'no such change: %', change ->> 'kind' using errcode = 'invalid_parameter_value';
  end case;
end
$$;

-- A reply that is deleted leaves its thread.
create function leave_thread(log bigint, reply bigint) returns void language sql as $$
  with gone as (delete from replies as r where r.log_id = log and r.seq = reply returning r.root),
    emptied as (
      delete from threads as t using gone where t.log_id = log and t.root = gone.root and t.count = 1
    )
  update threads as t set count = t.count - 1 from gone where t.log_id = log and t.root = gone.root and t.count > 1
$$;

-- append_amending_events for a batch in which entries do more than land (docs/adr/0020). `acts` names those entries:
-- [{nth, target, data, superseded, final}] for amendments, [{nth, target, emoji, added}] for reactions, [{nth, target}] for
-- others that need a message to stand, and in any of them {changes, action, about, about_id, texts}, the last four for the
-- audit log (0014). Amendments are decided as there; a superseded text of a channel is kept as a version, and a deletion
-- takes versions, reactions, pins and the place in its thread along. The others, by what stands when the heads are locked, entry after entry:
-- - the message isn't in the log, or was deleted: the entry doesn't land, its number is 0;
-- - a reaction that stands so already: a duplicate of what made it so, of the message where that is the state of the
--   beginning;
-- - otherwise the entry lands. One with a client's id that is known is a duplicate first.
-- [{nth, rides}] names one that lands nowhere where an entry before it, the one of that place, doesn't.
-- Changes are made for entries that land and weren't known, one after the other; then their acts are audited.
--
-- append_amending_events stays for a server of the version before.
create function append_changing_events(
  keys text, places text, ids text, types text, senders text, client_message_ids text, times text, datas text,
  by_id boolean, acts json, out seqs text, out duplicates text
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
  -- Logs that are made when they don't exist: those of entries that need nothing there.
  made_keys constant text[] := array(
    select distinct log_keys[t.place] collate "C" from unnest(place_list) with ordinality as t (place, nth)
    where t.nth not in (
      select (item ->> 'nth')::integer from json_array_elements(acts) as item where item ->> 'target' is not null
    )
    order by 1
  );
  -- By entry: its number, 0 for none, below 0 for that of another entry, null for one that append_inbox_events places;
  -- and the id of the event that it is a duplicate of.
  known_seqs bigint[] := array_fill(null::bigint, array[total]);
  known_ids text[] := array_fill(null::text, array[total]);
  act record;
  landed record;
  target record;
  reacted text;
  target_logs bigint[] := '{}';
  target_seqs bigint[] := '{}';
  gone_nths integer[] := '{}';
  gone_seqs bigint[] := '{}';
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
    from unnest(made_keys) with ordinality as wanted (key, place), server_instance as instance
    where not exists (select from logs where logs.key = wanted.key)
    order by wanted.place
    on conflict (key) do nothing;
  get diagnostics made = row_count;
  if made > 0 then
    insert into channels (id, name, created_at)
      select substr(key, 9), substr(key, 9), time_list[1] from unnest(made_keys) as key where key like 'channel:%'
      on conflict (id) do nothing;
  end if;
  perform 1 from logs where key = any (log_keys) order by key for update;

  for act in
    select item.*, l.id as log_id, l.key as log_key
    from json_to_recordset(acts)
      as item
        (nth integer, target text, rides integer, data text, superseded text, final boolean, emoji text, added boolean)
    left join logs as l on l.key = log_keys[place_list[item.nth]]
    where item.target is not null or item.rides is not null
    order by item.nth
  loop
    if act.rides is not null then
      if known_seqs[act.rides] = 0 then
        known_seqs[act.nth] := 0;
      end if;
      continue;
    end if;

    -- A retry of one that landed, whatever has become of its event since.
    select e.id, e.seq into landed from events as e where e.id = id_list[act.nth];
    if not found and client_list[act.nth] <> '' then
      select e.id, e.seq into landed from events as e
        where e.log_id = act.log_id and e.sender = sender_list[act.nth] and e.client_message_id = client_list[act.nth];
    end if;
    if landed.id is not null then
      known_ids[act.nth] := landed.id;
      known_seqs[act.nth] := landed.seq;
      continue;
    end if;

    select e.seq, e.type, e.data, a.latest_seq, a.final into target
      from events as e left join amended_events as a on a.log_id = e.log_id and a.seq = e.seq
      where e.id = act.target and e.log_id = act.log_id;
    if not found then
      known_seqs[act.nth] := 0;
    elsif act.data is null and (target.type <> 'message:created' or coalesce(target.final, false)) then
      known_seqs[act.nth] := 0;
    elsif act.data is null and act.emoji is null then
      continue;
    elsif act.emoji is not null then
      if act.added then
        insert into reactions (log_id, seq, emoji, user_id, event_id, place, emoji_place)
          select act.log_id, target.seq, act.emoji, sender_list[act.nth], id_list[act.nth], fresh.place,
            coalesce(
              (select min(r.emoji_place) from reactions as r
                where r.log_id = act.log_id and r.seq = target.seq and r.emoji = act.emoji),
              fresh.place
            )
          from nextval('reaction_places') as fresh (place)
          on conflict do nothing
          returning event_id into reacted;
        continue when reacted is not null;
        select r.event_id into reacted from reactions as r
          where r.log_id = act.log_id and r.seq = target.seq and r.emoji = act.emoji
            and r.user_id = sender_list[act.nth];
      else
        delete from reactions as r
          where r.log_id = act.log_id and r.seq = target.seq and r.emoji = act.emoji
            and r.user_id = sender_list[act.nth]
          returning r.event_id into reacted;
        continue when reacted is not null;
        reacted := act.target;
      end if;
      -- A twin of this batch has no number yet: its place, below 0, stands for it.
      known_ids[act.nth] := reacted;
      known_seqs[act.nth] := coalesce(
        -array_position(id_list, reacted),
        (select e.seq from events as e where e.id = reacted and e.log_id = act.log_id)
      );
    elsif target.data::jsonb - 'editedAt' = act.data::jsonb - 'editedAt' then
      known_seqs[act.nth] := coalesce(target.latest_seq, target.seq);
      known_ids[act.nth] := coalesce(
        id_list[-target.latest_seq],
        (select e.id from events as e where e.log_id = act.log_id and e.seq = coalesce(target.latest_seq, target.seq))
      );
    elsif target.final then
      known_seqs[act.nth] := 0;
    else
      if target.latest_seq < 0 then
        data_list[-target.latest_seq] := act.superseded;
      else
        update events set data = act.superseded::json where log_id = act.log_id and seq = target.latest_seq;
      end if;
      if act.log_key like 'channel:%' and act.final then
        delete from message_versions as v where v.log_id = act.log_id and v.seq = target.seq;
        delete from reactions as r where r.log_id = act.log_id and r.seq = target.seq;
        -- Its pin and its place in a thread may be about to come: they go with the changes, in the order of entries.
        gone_nths := gone_nths || act.nth;
        gone_seqs := gone_seqs || target.seq;
      elsif act.log_key like 'channel:%' and target.data ->> 'content' is not null then
        insert into message_versions (log_id, seq, version, content, replaced_at)
          select act.log_id, target.seq, count(*) + 1, target.data ->> 'content', time_list[act.nth]
          from message_versions as v where v.log_id = act.log_id and v.seq = target.seq;
      end if;
      update events set data = act.data::json where log_id = act.log_id and seq = target.seq;
      -- This entry has no number yet: its place, below 0, stands for it until then.
      insert into amended_events as a (log_id, seq, latest_seq, final)
        values (act.log_id, target.seq, -act.nth, act.final)
        on conflict (log_id, seq) do update set latest_seq = excluded.latest_seq, final = excluded.final;
      target_logs := target_logs || act.log_id;
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

  for act in
    select item.nth, l.id as log_id, l.key as log_key, change.value as change, null::bigint as gone, change.rank
    from json_to_recordset(acts) as item (nth integer, changes json)
    join logs as l on l.key = log_keys[place_list[item.nth]]
    cross join lateral json_array_elements(item.changes) with ordinality as change (value, rank)
    where item.changes is not null and known_ids[item.nth] is null and known_seqs[item.nth] > 0
    union all
    select t.nth, l.id, l.key, null, t.seq, 0
    from unnest(gone_nths, gone_seqs) as t (nth, seq)
    join logs as l on l.key = log_keys[place_list[t.nth]]
    order by nth, rank
  loop
    if act.gone is not null then
      delete from pins as p where p.log_id = act.log_id and p.seq = act.gone;
      perform leave_thread(act.log_id, act.gone);
      continue;
    end if;
    perform apply_channel_change(
      act.log_id, act.log_key, id_list[act.nth], known_seqs[act.nth], time_list[act.nth], act.change
    );
  end loop;

  -- Last: the audit log has one head for all, and whoever holds it waits for no other lock.
  for act in
    select * from json_to_recordset(acts) as item (nth integer, action text, about text, about_id text, texts text)
    where item.action is not null and known_ids[item.nth] is null and known_seqs[item.nth] > 0
    order by item.nth
  loop
    perform append_audit(time_list[act.nth], sender_list[act.nth], act.action, act.about, act.about_id,
      substring(log_keys[place_list[act.nth]] from '^channel:(.*)$'), act.texts);
  end loop;

  select string_agg((case when seq < 0 then known_seqs[-seq] else seq end)::text, separator order by nth),
      string_agg(nth || '=' || known_ids[nth], separator order by nth) filter (where known_ids[nth] is not null)
    into seqs, duplicates
    from unnest(known_seqs) with ordinality as t (seq, nth);
end
$$;

-- Down Migration

drop function append_changing_events;
drop function leave_thread;
drop function apply_channel_change;
drop function message_extras;
drop table message_versions, threads, replies, pins, reactions, sanctions, channel_members;
drop sequence reaction_places;
alter table channels drop column position, drop column settings;
