-- Up Migration

-- Keys of other programs. `hash` is SHA-256 of the secret part, hex: it is random and long, so nothing slower is
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

-- Down Migration

drop table idempotent_answers, api_keys;
