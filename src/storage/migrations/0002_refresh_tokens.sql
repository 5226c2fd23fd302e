-- Up Migration

-- One row for all refresh tokens that came of one login: only the newest of them is good, so only its secret is kept.
-- `family` and `secret` are SHA-256 of a token's two parts. A family that was ended has `expires_at` 0.
create table refresh_families (
  family text collate "C" primary key,
  account_id text collate "C" not null references accounts (id) on delete cascade,
  secret text collate "C" not null,
  expires_at bigint not null
);
create index refresh_families_account on refresh_families (account_id, expires_at);
create index refresh_families_expires_at on refresh_families (expires_at);

-- Down Migration

drop table refresh_families;
