-- Up Migration

-- Keys of other programs (docs/adr/0030). `hash` is SHA-256 of the secret part, hex: it is random and long, so nothing slower is
-- called for.
create table api_keys (
  id text collate "C" primary key,
  name text not null,
  hash text not null,
  scopes text[] not null,
  created_at bigint not null,
  created_by text collate "C" not null,
  created_by_name text not null,
  last_used_at bigint
);

-- First answers to requests of theirs that may be sent again, by API key (`owner`) and `Idempotency-Key`, for a day. `request` is a
-- hash of what was asked; without a status it is under way.
create table idempotent_answers (
  owner text collate "C" not null,
  key text collate "C" not null,
  request text not null,
  status integer,
  body text,
  made_at bigint not null,
  primary key (owner, key)
);
create index idempotent_answers_made on idempotent_answers (made_at);

-- Addresses that are told of events. `secret` signs what they get, so it stands here as it is. `events`: types, or their beginnings
-- followed by `*`.
create table webhooks (
  id text collate "C" primary key,
  url text not null,
  events text[] not null,
  secret text not null,
  enabled boolean not null,
  created_at bigint not null,
  created_by text collate "C" not null,
  created_by_name text not null
);

-- Up to where a channel's log was looked through for them; log 0 is the audit log.
create table webhook_heads (
  log_id bigint primary key,
  seq bigint not null
);

-- What a hook is to be told. It names the event and holds nothing of it, so what is erased is erased here too: each try tells
-- the event as it stands. Of a test there is no event; `body` is that of a report.
create table webhook_deliveries (
  id bigint generated always as identity primary key,
  hook_id text collate "C" not null references webhooks on delete cascade,
  log_id bigint,
  seq bigint,
  type text not null,
  body json,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  created_at bigint not null,
  next_at bigint not null,
  status integer,
  problem text
);
create index webhook_deliveries_waiting on webhook_deliveries (hook_id, next_at, id) where state = 'waiting';
create index webhook_deliveries_state on webhook_deliveries (hook_id, state, id);
create index webhook_deliveries_over on webhook_deliveries (created_at) where state <> 'waiting';

-- Reports have no log: whoever makes one puts it into the queue. They are seldom.
create function queue_report_for_webhooks() returns trigger language plpgsql as $$
begin
  insert into webhook_deliveries (hook_id, type, body, created_at, next_at)
    select w.id, 'report:created', json_build_object(
        'id', new.id, 'channel_id', new.channel_id, 'message_id', new.message_id, 'author_id', new.author_id,
        'reporter', json_build_object('id', new.reporter_id, 'name', new.reporter_name), 'reason', new.reason
      ), new.created_at, new.created_at
    from webhooks as w
    where w.enabled and webhook_wants(w.events, 'report:created');
  return null;
end
$$;

-- Whether a hook that chose `events` is told of `type`.
create function webhook_wants(events text[], type text) returns boolean language sql immutable as $$
  select exists (
    select from unnest(events) as chosen
    where chosen = type or right(chosen, 1) = '*' and starts_with(type, left(chosen, -1))
  )
$$;
create trigger reports_for_webhooks after insert on reports
  for each row execute function queue_report_for_webhooks();

-- Down Migration

drop trigger reports_for_webhooks on reports;
drop function queue_report_for_webhooks, webhook_wants;
drop table webhook_deliveries, webhook_heads, webhooks;
drop table idempotent_answers, api_keys;
