-- Up Migration

-- What names look like (src/protocol/name-look.ts): whoever shares one look with someone can't have that name. Null in
-- rows that are older than this until the next start fills them in, and for good in the second of two old look-alikes.
alter table names
  add column look text collate "C" constraint names_look unique,
  add column folded_look text collate "C" constraint names_folded_look unique;
create index names_without_looks on names (key) where look is null or folded_look is null;

-- Down Migration

drop index names_without_looks;
alter table names drop column folded_look, drop column look;
