-- Up Migration

-- How the server is called, where an administrator said so; null: as its settings say.
alter table server_instance add column name text;

-- Down Migration

alter table server_instance drop column name;
