-- Up Migration

-- Erasures of users (docs/adr/0029), with how far each is: `find`, `delete`, `rewrite`, `tables`, `done`. `log_id` and `seq`
-- are the event up to which a pass over all logs has come. `channels` holds the ids of those that messages are to be deleted
-- in. `counts` is the proof, {kind: how many}; `digest` SHA-256 over the digest before and the next `kind:id`s, line by line.
create table erasures (
  id text collate "C" primary key,
  user_id text collate "C" not null,
  by_id text collate "C" not null,
  step text not null check (step in ('find', 'delete', 'rewrite', 'tables', 'done')),
  log_id bigint not null default 0,
  seq bigint not null default 0,
  channels text[] not null default '{}',
  counts jsonb not null default '{}',
  digest text not null default '',
  requested_at bigint not null,
  finished_at bigint
);
create unique index erasures_under_way on erasures (user_id) where step <> 'done';
create index erasures_user on erasures (user_id, requested_at);

-- What names come to that stood beside the id: whoever reads it needs some name.
create function erased_name() returns text language sql immutable as $$ select 'Deleted user' $$;

-- `data` with the placeholder for each name of that user, as JSON.stringify writes references: {"id":…,"name":…}.
create function without_name(data text, user_id text) returns text language sql immutable as $$
  select regexp_replace(
    data,
    '("id" ?: ?' || regexp_replace(to_json(user_id)::text, '([^[:alnum:]"_-])', '\\\1', 'g')
      || ' ?, ?"name" ?: ?)"(?:[^"\\]|\\.)*"',
    '\1' || to_json(erased_name())::text, 'g'
  )
$$;

-- Counts what was removed, and takes its ids into the digest.
create function note_erased(erasure text, of_kind text, ids text[]) returns void language sql as $$
  update erasures as e
    set counts = e.counts || jsonb_build_object(of_kind, coalesce((e.counts ->> of_kind)::bigint, 0) + cardinality(ids)),
      digest = encode(sha256(convert_to(e.digest || E'\n' || (
        select string_agg(of_kind || ':' || id, E'\n' order by nth) from unnest(ids) with ordinality as t (id, nth)
      ), 'UTF8')), 'hex')
    where e.id = erasure and cardinality(ids) > 0
$$;

-- One page of an erasure's pass over the events of all logs, at most `most` of them; whether the pass has come to its end.
-- `find` notes the user's messages that aren't deleted, and their channels. `rewrite` leaves of events what deleted ones are,
-- makes reactions void, and takes the name out of all others, with the reasons for what was done to the user. An erasure that another server is at is left to it: null.
create function erase_page(erasure text, most integer) returns boolean language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  at erasures;
  last record;
  own_inbox bigint;
  needle text;
  ids text[];
  found_channels text[];
  item record;
  new_data text;
  whisper_ids text[] := '{}';
  reaction_ids text[] := '{}';
  event_ids text[] := '{}';
begin
  select e.* into at from erasures as e where e.id = erasure for update skip locked;
  if not found or at.step not in ('find', 'rewrite') then
    return null;
  end if;
  select p.log_id, p.seq, p.n into last from (
    select e.log_id, e.seq, count(*) over () as n from (
      select e.log_id, e.seq from events as e
      where (e.log_id, e.seq) > (at.log_id, at.seq) order by e.log_id, e.seq limit most
    ) as e
  ) as p order by p.log_id desc, p.seq desc limit 1;
  if not found then
    update erasures as e set log_id = 0, seq = 0,
        step = case at.step when 'find' then 'delete' else 'tables' end
      where e.id = erasure;
    return true;
  end if;

  if at.step = 'find' then
    select array_agg(e.id order by e.log_id, e.seq), array_agg(distinct substr(l.key, 9)) filter (where starts_with(l.key, 'channel:'))
      into ids, found_channels
      from events as e join logs as l on l.id = e.log_id
      where (e.log_id, e.seq) > (at.log_id, at.seq) and (e.log_id, e.seq) <= (last.log_id, last.seq)
        and e.sender = at.user_id and e.type = 'message:created' and e.data -> 'content' is not null;
    perform note_erased(erasure, 'messages', coalesce(ids, '{}'));
    update erasures as e set log_id = last.log_id, seq = last.seq,
        channels = array(select distinct c from unnest(e.channels || coalesce(found_channels, '{}')) as c order by 1)
      where e.id = erasure;
    return false;
  end if;

  needle := to_json(at.user_id)::text;
  select l.id into own_inbox from logs as l where l.key = 'inbox:' || at.user_id;
  for item in
    select e.* from events as e
    where (e.log_id, e.seq) > (at.log_id, at.seq) and (e.log_id, e.seq) <= (last.log_id, last.seq)
      and (e.sender = at.user_id or e.log_id = own_inbox or strpos(e.data::text, needle) > 0)
    order by e.log_id, e.seq
  loop
    new_data := item.data::text;
    if item.sender = at.user_id and item.type in ('reaction:added', 'reaction:removed') then
      update events as e set type = 'void', data = '{}' where e.log_id = item.log_id and e.seq = item.seq;
      reaction_ids := reaction_ids || item.id;
      continue;
    end if;
    if (item.sender = at.user_id or item.log_id = own_inbox) and item.data -> 'content' is not null then
      case item.type
        when 'whisper:created' then
          new_data := json_build_object('id', item.data -> 'id', 'from', item.data -> 'from', 'to', item.data -> 'to',
            'deleted', true)::text;
          whisper_ids := whisper_ids || item.id;
        when 'message:created' then
          new_data := json_strip_nulls(json_build_object('id', item.data -> 'id', 'author', item.data -> 'author',
            'deleted', true, 'root', coalesce(item.data -> 'root', item.data -> 'replyTo'),
            'shadow', item.data -> 'shadow'))::text;
          delete from message_search as m where m.log_id = item.log_id and m.seq = item.seq;
          delete from message_versions as v where v.log_id = item.log_id and v.seq = item.seq;
          delete from reactions as r where r.log_id = item.log_id and r.seq = item.seq;
          delete from pins as p where p.log_id = item.log_id and p.seq = item.seq;
        else
          new_data := json_build_object('id', item.data -> 'id')::text;
      end case;
      if item.type in ('whisper:created', 'message:created') then
        insert into amended_events as a (log_id, seq, latest_seq, final) values (item.log_id, item.seq, item.seq, true)
          on conflict (log_id, seq) do update set final = true;
      end if;
    end if;
    if item.type like 'member:%' and item.data -> 'user' ->> 'id' = at.user_id and item.data -> 'reason' is not null then
      new_data := (item.data::jsonb - 'reason')::text;
    end if;
    new_data := without_name(new_data, at.user_id);
    if new_data <> item.data::text then
      update events as e set data = new_data::json where e.log_id = item.log_id and e.seq = item.seq;
      event_ids := event_ids || item.id;
    end if;
    -- Retries are told apart by what a client made up. That of a mention begins with its channel (0015).
    if item.sender = at.user_id and item.client_message_id is not null then
      update events as e
        set client_message_id = case when item.type = 'mention:created'
          then split_part(item.client_message_id, E'\x01', 1) || E'\x01i' || (item.data ->> 'id') end
        where e.log_id = item.log_id and e.seq = item.seq;
    end if;
  end loop;
  perform note_erased(erasure, 'whispers', whisper_ids);
  perform note_erased(erasure, 'reaction_events', reaction_ids);
  perform note_erased(erasure, 'events', event_ids);
  update erasures as e set log_id = last.log_id, seq = last.seq where e.id = erasure;
  return false;
end
$$;

-- What an erasure removes in all at once, at its beginning: whoever is erased can't come back as who they were. Their account with
-- its logins, their name, what other issuers told of them. In the order in which accounts are locked (0006).
create function erase_person(erasure text) returns void language plpgsql as $$
declare
  who text;
  ids text[];
begin
  select e.user_id into strict who from erasures as e where e.id = erasure;
  with gone as (delete from accounts as a where a.id = who returning a.id) select array_agg(id) into ids from gone;
  perform note_erased(erasure, 'accounts', coalesce(ids, '{}'));
  with gone as (delete from names as n where n.user_id = who returning n.user_id) select array_agg(user_id) into ids from gone;
  perform note_erased(erasure, 'names', coalesce(ids, '{}'));
  with gone as (delete from users as u where u.id = who returning u.id) select array_agg(id) into ids from gone;
  perform note_erased(erasure, 'profiles', coalesce(ids, '{}'));
end
$$;

-- The other tables, when the logs are done, and the end, with the act in the audit log. False: another step is to come first, or
-- another server was faster.
create function finish_erasure(erasure text, at_time bigint) returns boolean language plpgsql as $$
declare
  e erasures;
  who text;
  ids text[];
  kind text;
  statement text;
begin
  select x.* into e from erasures as x where x.id = erasure and x.step = 'tables' for update skip locked;
  if not found then
    return false;
  end if;
  who := e.user_id;
  for kind, statement in values
    ('reactions', 'delete from reactions where user_id = $1 returning event_id'),
    ('memberships', 'delete from channel_members where user_id = $1 returning channel_id'),
    ('held_messages', 'delete from held_messages where author_id = $1 returning id'),
    ('notes', 'delete from user_notes where user_id = $1 returning id'),
    ('sessions', 'delete from sessions where user_id = $1 returning writer || ''/'' || connection'),
    ('read_marks', 'delete from read_marks where user_id = $1 returning channel_id'),
    ('blocks', 'delete from blocks where $1 in (owner, blocked) returning owner || ''/'' || blocked'),
    ('settings', 'delete from inbox_settings where owner = $1 returning owner'),
    ('activity', 'delete from user_tallies where user_id = $1 returning level || ''/'' || start'),
    ('activity', 'delete from user_minutes where user_id = $1 returning start::text'),
    ('sanctions', 'update sanctions set user_name = erased_name(), reason = null, address = null where user_id = $1 returning id'),
    ('named', 'update sanctions set by_name = erased_name() where by_id = $1 returning id'),
    ('named', 'update sanctions set ended_by_name = erased_name() where ended_by = $1 returning id'),
    ('named', 'update user_notes set by_name = erased_name() where by_id = $1 returning id'),
    ('named', 'update api_keys set created_by_name = erased_name() where created_by = $1 returning id'),
    ('named', 'update webhooks set created_by_name = erased_name() where created_by = $1 returning id'),
    ('webhook_deliveries', 'delete from webhook_deliveries where strpos(body::text, to_json($1)::text) > 0 returning id::text'),
    ('answers', 'delete from idempotent_answers where strpos(body, to_json($1)::text) > 0 returning owner || ''/'' || key'),
    ('reports', 'update reports set message = without_name(case when author_id = $1 then
          json_build_object(''id'', message -> ''id'', ''author'', message -> ''author'', ''content'', '''',
            ''timestamp'', message -> ''timestamp'')::text else message::text end, $1)::json,
        context = coalesce((
          select json_agg(without_name(case when c -> ''author'' ->> ''id'' = $1 then
            json_build_object(''id'', c -> ''id'', ''author'', c -> ''author'', ''content'', '''',
              ''timestamp'', c -> ''timestamp'')::text else c::text end, $1)::json)
          from json_array_elements(context) as c), ''[]'')
      where author_id = $1 or strpos(context::text, to_json($1)::text) > 0 or strpos(message::text, to_json($1)::text) > 0
      returning id'),
    ('reports', 'update reports set reporter_name = erased_name(), reason = '''' where reporter_id = $1 returning id'),
    ('named', 'update reports set claimed_by_name = erased_name() where claimed_by = $1 returning id'),
    ('reports', 'update reports set resolved_by_name = erased_name(), note = null where resolved_by = $1 returning id'),
    ('audit_texts', 'delete from audit_texts as t using audit_log as a
      where a.seq = t.seq and ($1 in (a.actor_id, a.target_id) or strpos(t.text, to_json($1)::text) > 0)
      returning t.seq::text')
  loop
    execute 'with gone (id) as (' || statement || ') select array_agg(id order by id collate "C") from gone' into ids using who;
    perform note_erased(erasure, kind, coalesce(ids, '{}'));
  end loop;
  update standings as s set profile = null, roles = null, change = next_security_change() where s.user_id = who;
  update erasures as x set step = 'done', finished_at = at_time, channels = '{}' where x.id = erasure;
  select x.* into e from erasures as x where x.id = erasure;
  perform append_audit(at_time, e.by_id, 'user:erased', 'user', who, null,
    json_build_object('after', json_build_object('erasure', e.id, 'counts', e.counts, 'digest', e.digest))::text);
  return true;
end
$$;

-- Down Migration

drop function finish_erasure, erase_person, erase_page, note_erased, without_name, erased_name;
drop table erasures;
