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

-- Down Migration

drop table api_keys;
