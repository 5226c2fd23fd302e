-- Up Migration

-- Acts that moderate or administrate, numbered 1, 2, 3 … and chained: `hash` is SHA-256 over the hash of the row before
-- (of the first: 32 zero bytes) and the row's own fields as audit_field writes them, in the order of the columns from
-- `seq` to `details`. `details` is SHA-256 over salt and text of the row's audit_texts, so the chain holds when these are
-- erased. docs/adr/0023.
create table audit_log (
  seq bigint primary key,
  at bigint not null,
  actor_id text collate "C" not null,
  action text collate "C" not null,
  target_kind text collate "C",
  target_id text collate "C",
  channel_id text collate "C",
  details bytea not null,
  previous bytea not null,
  hash bytea not null
);
create index audit_log_actor on audit_log (actor_id, seq);
create index audit_log_target on audit_log (target_id, seq);
create index audit_log_action on audit_log (action, seq);
create index audit_log_at on audit_log (at);

-- What is personal of an act: names, reasons, what was before and after, as JSON text. Erasing is deleting the row.
create table audit_texts (
  seq bigint primary key references audit_log,
  salt bytea not null,
  text text not null
);

-- The newest row. Whoever appends holds it until the commit, and takes no lock behind it: append_audit is the last that
-- a transaction does.
create table audit_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null default 0,
  hash bytea not null default decode(repeat('00', 32), 'hex')
);
insert into audit_head default values;

create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log only grows' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_log_only_grows before update or delete on audit_log
  for each row execute function refuse_audit_change();
create trigger audit_log_stays before truncate on audit_log
  for each statement execute function refuse_audit_change();
create trigger audit_texts_stay before update on audit_texts
  for each row execute function refuse_audit_change();

-- One field, so that no two lists of fields look the same: its bytes and their count, or a dash for null.
create function audit_field(value text) returns bytea language sql stable as $$
  select case
    when value is null then '-'::bytea
    else convert_to(octet_length(convert_to(value, 'UTF8')) || ':' || value, 'UTF8')
  end
$$;

-- Appends one act; `texts` is a JSON text. Its number.
create function append_audit(
  at bigint, actor text, action text, target_kind text, target_id text, channel text, texts text
) returns bigint language plpgsql as $$
declare
  salt constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
  details constant bytea := sha256(salt || convert_to(texts, 'UTF8'));
  head record;
  next bytea;
begin
  select h.seq + 1 as seq, h.hash into strict head from audit_head as h for update;
  next := sha256(
    head.hash || audit_field(head.seq::text) || audit_field(at::text) || audit_field(actor) || audit_field(action)
    || audit_field(target_kind) || audit_field(target_id) || audit_field(channel) || audit_field(encode(details, 'hex'))
  );
  insert into audit_log values
    (head.seq, at, actor, action, target_kind, target_id, channel, details, head.hash, next);
  insert into audit_texts values (head.seq, salt, texts);
  update audit_head as h set seq = head.seq, hash = next;
  return head.seq;
end
$$;

-- Messages that somebody reported, with what they said then: deleted messages stay here until their time is over.
-- `message` and `context` are as the wire has them.
create table reports (
  id text collate "C" primary key,
  channel_id text collate "C" not null,
  message_id text collate "C" not null,
  author_id text collate "C" not null,
  message json not null,
  context json not null,
  reporter_id text collate "C" not null,
  reporter_name text not null,
  reason text not null,
  created_at bigint not null,
  state text not null default 'open' check (state in ('open', 'claimed', 'resolved')),
  claimed_by text collate "C",
  claimed_by_name text,
  resolved_by text collate "C",
  resolved_by_name text,
  resolved_at bigint,
  outcome text check (outcome in ('actioned', 'dismissed')),
  note text
);
create unique index reports_open on reports (reporter_id, message_id) where state <> 'resolved';
create index reports_channel on reports (channel_id, id);
create index reports_state on reports (state, id);
create index reports_created on reports (created_at);

-- What staff should know of a user.
create table user_notes (
  id text collate "C" primary key,
  user_id text collate "C" not null,
  by_id text collate "C" not null,
  by_name text not null,
  text text not null,
  created_at bigint not null
);
create index user_notes_user on user_notes (user_id, id);

-- Down Migration

drop table user_notes, reports;
drop function append_audit;
drop function audit_field;
drop table audit_texts, audit_log, audit_head;
drop function refuse_audit_change;
