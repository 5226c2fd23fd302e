-- Up Migration

-- Rules by which messages are judged, in the order in which they were made (docs/adr/0022); `version` counts changes.
create table automod_rules (
  id text collate "C" primary key,
  version integer not null default 1,
  rule json not null,
  made_at bigint not null
);

-- Counts changes of any rule, so that nothing new is one row to read.
create table automod_head (
  only_row boolean primary key default true check (only_row),
  version bigint not null default 0
);
insert into automod_head default values;

-- Messages that wait for a moderator. `message` is what `message:created` will have, with `id` and `content`. One that was
-- rejected stays for a while without it, so that a retry is told so.
create table held_messages (
  id text collate "C" primary key,
  channel_id text collate "C" not null,
  author_id text collate "C" not null,
  client_message_id text collate "C",
  message json,
  reason text not null,
  held_at bigint not null,
  rejected_at bigint
);
create unique index held_messages_client_message_id on held_messages (channel_id, author_id, client_message_id)
  where client_message_id is not null;
create index held_messages_waiting on held_messages (channel_id, id) where rejected_at is null;
create index held_messages_author on held_messages (author_id) where rejected_at is null;
create index held_messages_rejected on held_messages (rejected_at) where rejected_at is not null;

-- Down Migration

drop table held_messages, automod_head, automod_rules;
