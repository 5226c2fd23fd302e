-- Up Migration

-- What a shadow ban hides is an event like any other, with a member `shadow` in its data: the id of the only user who sees it
-- beside moderators, or true for none (docs/adr/0025). These are the marks beside it.
alter table sanctions
  drop constraint sanctions_kind_check,
  add constraint sanctions_kind_check check (kind in ('mute', 'ban', 'kick', 'shadow'));

alter table reactions add column hidden boolean not null default false;
-- Of a hidden reply its author. In a thread `shadow` has those by their authors: {author: {count, lastAt}}.
alter table replies add column author text collate "C";
alter table threads add column shadow jsonb;
-- The words of a hidden message are its author's and moderators'.
alter table message_search add column author text collate "C";

-- The edit `update_seq` that others don't see of the message `seq` that they do: the last one, in force.
create table shadow_edits (
  log_id bigint not null,
  seq bigint not null,
  update_seq bigint not null,
  primary key (log_id, seq)
);

-- Whether an event with that data is hidden. By far most texts don't hold the name, which is quicker to see.
create function is_shadowed(data json) returns boolean language sql immutable as $$
  select case when strpos(data::text, '"shadow"') > 0 then data -> 'shadow' is not null else false end
$$;

-- Whether a user sees what is hidden in that log from others: moderators do, unless it is hidden what they say themselves.
create function sees_shadows(log bigint, reader text, staff boolean, admin boolean, now bigint)
returns boolean language sql stable as $$
  select admin or exists (
    select from logs as l
    where l.id = log
      and (staff or exists (
        select from channel_members as m
        where m.channel_id = substr(l.key, 9) and m.user_id = reader and m.role in ('owner', 'moderator')
      ))
      and not exists (
        select from sanctions as s
        where s.channel_id = substr(l.key, 9) and s.kind = 'shadow' and s.user_id = reader and s.ended_at is null
          and (s.until is null or s.until > sees_shadows.now)
      )
  )
$$;

-- In full: what isn't for everyone stands in members whose names begin with `shadow`.
create or replace function message_extras(log bigint, seq bigint, reply_to text) returns json language sql stable as $$
  select nullif(json_strip_nulls(json_build_object(
    'reactions', (
      select json_agg(json_build_object('emoji', r.emoji, 'users', r.users, 'shadow', r.shadow) order by r.place)
      from (
        select emoji, json_agg(user_id order by place) as users, min(emoji_place) as place,
          json_agg(user_id order by place) filter (where hidden) as shadow
        from reactions where reactions.log_id = log and reactions.seq = message_extras.seq group by emoji
      ) as r
    ),
    'quote', (
      select json_build_object('id', e.id, 'author', e.data -> 'author',
        'content', left(e.data ->> 'content', 200), 'deleted', e.data -> 'deleted',
        'shadow', case when is_shadowed(e.data) then true end,
        'shadowContent', left(e.data -> 'shadowEdit' ->> 'content', 200))
      from events as e where e.id = reply_to and e.log_id = log and e.type = 'message:created'
    ),
    'thread', (
      select json_build_object('count', t.count, 'lastAt', t.last_at, 'shadow', t.shadow)
      from threads as t where t.log_id = log and t.root = message_extras.seq
    )
  ))::text, '{}')::json
$$;

-- A text that only `author` and moderators see, of the message `target` of the log, by the entry that landed as `landed`.
-- What it takes the place of is kept as an earlier text.
create function shadow_edit(log bigint, target text, author text, landed bigint, at bigint, edited json)
returns void language plpgsql as $$
declare
  message record;
begin
  select m.seq, m.data into message from events as m
    left join amended_events as a on a.log_id = m.log_id and a.seq = m.seq
    where m.id = target and m.log_id = log and not coalesce(a.final or a.latest_seq > landed, false);
  if not found then
    -- An edit or a deletion behind it in its batch was made already.
    update events as e set data = json_strip_nulls(json_build_object('id', target, 'shadow', author))
      where e.log_id = log and e.seq = landed;
    return;
  end if;
  insert into message_versions (log_id, seq, version, content, replaced_at)
    select log, message.seq, count(*) + 1,
      coalesce(message.data -> 'shadowEdit' ->> 'content', message.data ->> 'content'), at
    from message_versions as v where v.log_id = log and v.seq = message.seq;
  update events as e set data = json_strip_nulls(json_build_object('id', target, 'shadow', author))
    from shadow_edits as s
    where s.log_id = log and s.seq = message.seq and e.log_id = log and e.seq = s.update_seq;
  update events as e set data = (message.data::jsonb || jsonb_build_object('shadowEdit', edited::jsonb))::json
    where e.log_id = log and e.seq = message.seq;
  insert into shadow_edits as s (log_id, seq, update_seq) values (log, message.seq, landed)
    on conflict (log_id, seq) do update set update_seq = excluded.update_seq;
end
$$;

-- As before, and what is hidden.
create or replace function apply_channel_change(log bigint, key text, id text, seq bigint, at bigint, change json)
returns void language plpgsql as $$
declare
  channel constant text := substr(key, 9);
  named constant json := change -> 'sanction';
  pardon constant json := change;
  -- Of a hidden reply.
  hidden_author constant text := change ->> 'shadow';
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
      insert into replies (log_id, seq, root, author)
        select log, apply_channel_change.seq, e.seq, hidden_author
        from events as e where e.id = change ->> 'root' and e.log_id = log;
      if hidden_author is null then
        insert into threads as t (log_id, root, count, last_at)
          select log, r.root, 1, at from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set count = t.count + 1, last_at = greatest(t.last_at, excluded.last_at);
      else
        insert into threads as t (log_id, root, count, last_at, shadow)
          select log, r.root, 0, 0, jsonb_build_object(hidden_author, jsonb_build_object('count', 1, 'lastAt', at))
          from replies as r where r.log_id = log and r.seq = apply_channel_change.seq
          on conflict (log_id, root) do update
            set shadow = coalesce(t.shadow, '{}') || jsonb_build_object(hidden_author, jsonb_build_object(
              'count', coalesce((t.shadow -> hidden_author ->> 'count')::bigint, 0) + 1,
              'lastAt', greatest((t.shadow -> hidden_author ->> 'lastAt')::bigint, at)
            ));
      end if;
    when 'shadowReaction' then
      update reactions as r set hidden = true
        from events as e
        where e.id = change ->> 'target' and e.log_id = log
          and r.log_id = log and r.seq = e.seq and r.emoji = change ->> 'emoji' and r.user_id = change ->> 'user'
          and r.event_id = apply_channel_change.id;
    when 'shadowEdit' then
      perform shadow_edit(
        log, change ->> 'target', change ->> 'author', apply_channel_change.seq, at, change -> 'text'
      );
    else
      raise exception 'no such change: %', change ->> 'kind' using errcode = 'invalid_parameter_value';
  end case;
end
$$;

-- A reply that is deleted leaves its thread, of which something stays while anybody sees a reply there.
create or replace function leave_thread(log bigint, reply bigint) returns void language plpgsql as $$
declare
  gone record;
begin
  delete from replies as r where r.log_id = log and r.seq = reply returning r.root, r.author into gone;
  if not found then
    return;
  end if;
  if gone.author is null then
    update threads as t set count = t.count - 1 where t.log_id = log and t.root = gone.root;
  else
    update threads as t
      set shadow = jsonb_set(
        t.shadow, array[gone.author, 'count'], to_jsonb((t.shadow -> gone.author ->> 'count')::bigint - 1)
      )
      where t.log_id = log and t.root = gone.root;
  end if;
  delete from threads as t
    where t.log_id = log and t.root = gone.root and t.count = 0
      and not exists (select from jsonb_each(t.shadow) as s where (s.value ->> 'count')::bigint > 0);
end
$$;

-- A message gets a text that everyone sees, or none any more: the one beside it is over. The text that its author saw, not
-- the one that others did, is what was replaced now.
create function end_shadow_edit() returns trigger language plpgsql as $$
declare
  edit record;
begin
  delete from shadow_edits as s using events as e
    where s.log_id = new.log_id and s.seq = new.seq and e.log_id = s.log_id and e.seq = s.update_seq
    returning e.seq, e.data into edit;
  if not found then
    return null;
  end if;
  update message_versions as v set content = edit.data ->> 'content'
    where v.log_id = new.log_id and v.seq = new.seq
      and v.version = (
        select max(version) from message_versions as m where m.log_id = new.log_id and m.seq = new.seq
      );
  update events as e
    set data = json_strip_nulls(json_build_object('id', edit.data -> 'id', 'shadow', edit.data -> 'shadow'))
    where e.log_id = new.log_id and e.seq = edit.seq;
  return null;
end
$$;
create trigger end_shadow_edit after insert or update on amended_events
  for each row when (new.latest_seq < 0) execute function end_shadow_edit();

-- As before, without hidden messages.
create or replace function unread_messages(log bigint, reader text, mark bigint, head bigint)
returns integer language sql stable as $$
  select case when count(*) < 1000 and head > mark + 4000 then 1000 else count(*)::integer end
  from (
    select from events as e
    where e.log_id = log and e.seq > mark and e.seq <= mark + 4000 and e.type = 'message:created' and e.sender <> reader
      and not is_shadowed(e.data)
      and not exists (select from amended_events as a where a.log_id = log and a.seq = e.seq and a.final)
    limit 1000
  ) as unread
$$;

-- As before, with the author of each hidden message. The one without stays for a server of the version before.
create function store_in_search(
  log_list bigint[], pass_list bigint[], seq_list bigint[],
  again_logs bigint[], again_seqs bigint[], again_turns bigint[],
  row_logs bigint[], row_seqs bigint[], row_times bigint[], row_words text[], row_authors text[]
) returns integer language plpgsql as $$
declare
  taken bigint[];
begin
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
  insert into message_search (log_id, seq, timestamp, words, author)
    select t.log_id, t.seq, t.timestamp, t.words::tsvector, t.author
    from unnest(row_logs, row_seqs, row_times, row_words, row_authors) as t (log_id, seq, timestamp, words, author)
    where t.log_id = any (taken)
      and not exists (select from search_again as a where a.log_id = t.log_id and a.seq = t.seq)
    on conflict (log_id, seq) do nothing;
  return cardinality(taken);
end
$$;

-- Down Migration

-- What was hidden is in the log like anything else, so the version before would show it: it goes. Its places stay.
delete from pins as p using events as e where e.log_id = p.log_id and e.seq = p.seq and is_shadowed(e.data);
update events as e set type = 'void', data = '{}' where is_shadowed(e.data);
update events as e set data = (e.data::jsonb - 'shadowEdit')::json where strpos(e.data::text, '"shadowEdit"') > 0;
delete from message_search as m where m.author is not null;
drop trigger end_shadow_edit on amended_events;
drop function end_shadow_edit;
drop function shadow_edit;
drop function store_in_search(
  bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], text[], text[]
);

create or replace function message_extras(log bigint, seq bigint, reply_to text) returns json language sql stable as $$
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

create or replace function apply_channel_change(log bigint, key text, id text, seq bigint, at bigint, change json)
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

create or replace function leave_thread(log bigint, reply bigint) returns void language sql as $$
  with gone as (delete from replies as r where r.log_id = log and r.seq = reply returning r.root),
    emptied as (
      delete from threads as t using gone where t.log_id = log and t.root = gone.root and t.count = 1
    )
  update threads as t set count = t.count - 1 from gone where t.log_id = log and t.root = gone.root and t.count > 1
$$;

create or replace function unread_messages(log bigint, reader text, mark bigint, head bigint)
returns integer language sql stable as $$
  select case when count(*) < 1000 and head > mark + 4000 then 1000 else count(*)::integer end
  from (
    select from events as e
    where e.log_id = log and e.seq > mark and e.seq <= mark + 4000 and e.type = 'message:created' and e.sender <> reader
      and not exists (select from amended_events as a where a.log_id = log and a.seq = e.seq and a.final)
    limit 1000
  ) as unread
$$;

drop function sees_shadows;
drop function is_shadowed;
drop table shadow_edits;
alter table message_search drop column author;
delete from threads where count = 0;
alter table threads drop column shadow;
delete from replies where author is not null;
alter table replies drop column author;
delete from reactions where hidden;
alter table reactions drop column hidden;
delete from sanctions where kind = 'shadow';
alter table sanctions
  drop constraint sanctions_kind_check,
  add constraint sanctions_kind_check check (kind in ('mute', 'ban', 'kick'));
