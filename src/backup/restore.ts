/** Fills an empty database from a backup. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { knownMigrations, migrateTo } from '../storage/migrate.ts';
import type { CheckedBackup } from './backup-file.ts';
import { CopyIn } from './copy-in.ts';
import type { BackedUpTable } from './manifest.ts';
import { HEAD_NAME, MANIFEST_NAME } from './manifest.ts';
import { copyStatement, MIGRATIONS_TABLE, readSchemaLevel, readShapes } from './table-shapes.ts';
import type { TableShape } from './table-shapes.ts';
import { DamagedArchive } from './tar.ts';

/** What was restored. */
export interface Restored {
  /** Rows of each table. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables of the backup that aren't Hubbub's; they were left out. */
  readonly foreign: readonly string[];
  /** The new epoch of all logs. */
  readonly epoch: string;
}

/**
 * Brings the database to the backup's schema and fills it, all rows in one transaction. Fails, and changes no row, where
 * anything is in it already or the backup is of a newer program; rejects when the connection breaks, and with
 * PostgreSQL's error for a row that isn't taken. The caller migrates it to today's schema then.
 *
 * Numbers that were given after the backup will be given again. So every log gets a new epoch, by which clients that
 * come back see that theirs mean nothing any more; read marks, which count within the backup, go along.
 */
export async function restore(client: pg.ClientBase, backup: CheckedBackup): Promise<Result<Restored>> {
  const level = backup.head.schema;
  const known = await knownMigrations();
  if (level.some((name, index) => known[index] !== name)) {
    return fail(
      failure(
        'bad_request',
        `The backup was made by Hubbub ${backup.head.program}, whose database this one doesn't know: restore it with that version, or a later one.`,
      ),
    );
  }
  const present = await readSchemaLevel(client);
  if (present.some((name, index) => known[index] !== name) || !(await isEmpty(client))) return notEmpty();
  await migrateTo(client, level.length);
  await client.query('begin');
  try {
    const filled = await fill(client, backup);
    await client.query(filled.ok ? 'commit' : 'rollback');
    return filled;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function fill(client: pg.ClientBase, backup: CheckedBackup): Promise<Result<Restored>> {
  const shape = await readShapes(client);
  const list = shape.tables.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
  // A server that starts meanwhile waits, and finds all of it.
  await client.query(`lock table ${list} in access exclusive mode`);
  if (!(await isEmpty(client))) return notEmpty();
  const tables = new Map(backup.manifest.tables.map((table) => [table.name, table]));
  for (const table of shape.tables) {
    if (String(tables.get(table.name)?.columns) !== String(table.columns)) {
      throw new DamagedArchive(`its table ${table.name} has other columns than that of its version`);
    }
  }
  await triggers(client, shape.tables, 'disable');
  // What migrations put in is in the backup too.
  await client.query(`truncate ${list}`);
  const indexes = await dropIndexes(client);
  const rows = await copyRows(client, backup, new Map(shape.tables.map((table) => [table.name, table])));
  for (const index of indexes) await client.query(index);
  await triggers(client, shape.tables, 'enable');
  for (const { name, value } of backup.manifest.sequences) {
    if (shape.sequences.includes(name)) {
      await client.query('select setval(quote_ident($1)::regclass, $2::bigint)', [name, value]);
    }
  }
  const epoch = await renewEpochs(client, shape.tables);
  const foreign = [...tables.keys()].filter((name) => !rows.has(name));
  return ok({ rows, foreign, epoch });
}

/**
 * Drops all indexes but those of keys, and gives the statements that make them: over rows that are there already each
 * takes a fraction of the time.
 */
async function dropIndexes(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; statement: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as statement
     from pg_index as i join pg_class as t on t.oid = i.indrelid
     where t.relnamespace = current_schema()::regnamespace and t.relkind = 'r' and t.relname <> '${MIGRATIONS_TABLE}'
       and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
     order by name`,
  );
  if (rows.length > 0) await client.query(`drop index ${rows.map(({ name }) => name).join(', ')}`);
  await client.query("set local maintenance_work_mem = '256MB'");
  return rows.map(({ statement }) => statement);
}

/** Parts come in the manifest's order, table after table. */
async function copyRows(
  client: pg.ClientBase,
  backup: CheckedBackup,
  ours: ReadonlyMap<string, TableShape>,
): Promise<ReadonlyMap<string, number>> {
  const owners = new Map(
    backup.manifest.tables.flatMap((table) => table.parts.map(({ name }) => [name, table])),
  );
  const rows = new Map([...ours.keys()].map((name) => [name, 0]));
  let current = null as OpenTable | null;
  for await (const { name, bytes } of backup.members()) {
    const table = owners.get(name);
    if (table === undefined) {
      if (name === HEAD_NAME || name === MANIFEST_NAME) continue;
      throw new DamagedArchive(`${name} belongs to no table`);
    }
    const shape = ours.get(table.name);
    if (shape === undefined) continue;
    if (current?.table !== table) {
      if (current !== null) rows.set(current.table.name, await finish(current));
      current = { table, copy: client.query(new CopyIn(copyStatement(shape, 'from stdin'))) };
    }
    await current.copy.write(bytes);
  }
  if (current !== null) rows.set(current.table.name, await finish(current));
  return rows;
}

/** A table that is being filled. */
interface OpenTable {
  readonly table: BackedUpTable;
  readonly copy: CopyIn;
}

async function finish({ table, copy }: OpenTable): Promise<number> {
  const taken = await copy.end();
  if (taken === table.rows) return taken;
  throw new DamagedArchive(`its table ${table.name} has ${taken} rows of ${table.rows}`);
}

/** Nothing but what migrations put in: heads that count from 0, one row each. */
async function isEmpty(client: pg.ClientBase): Promise<boolean> {
  const { tables } = await readShapes(client);
  for (const { name, columns } of tables) {
    if (columns.includes('only_row')) continue;
    const { rows } = await client.query(`select from ${pg.escapeIdentifier(name)} limit 1`);
    if (rows.length > 0) return false;
  }
  return true;
}

function notEmpty(): Result<never> {
  return fail(
    failure(
      'conflict',
      'The database isn’t empty: restore into a new one, or an empty DATA_DIR. Nothing was changed.',
    ),
  );
}

/** Rows come as they were, with all that triggers once did; who owns the tables may do this. */
async function triggers(
  client: pg.ClientBase,
  tables: readonly TableShape[],
  what: 'enable' | 'disable',
): Promise<void> {
  for (const { name } of tables) {
    await client.query(`alter table ${pg.escapeIdentifier(name)} ${what} trigger user`);
  }
}

/** Tables whose `epoch` is one of a log that is there, or of the next one that an id will have. */
const EPOCHS_OF_LOGS: readonly string[] = ['server_instance', 'logs', 'purged_channels'];

/** Gives all logs one new epoch; marks of what users have read follow that of their log. */
async function renewEpochs(client: pg.ClientBase, tables: readonly TableShape[]): Promise<string> {
  const epoch = randomUUID();
  const names = tables.map(({ name }) => name);
  if (names.includes('read_marks')) {
    await client.query(
      `update read_marks as m set epoch = $1 from logs as l
       where l.key in ('channel:' || m.channel_id, 'deleted:/' || m.channel_id) and l.epoch = m.epoch`,
      [epoch],
    );
  }
  for (const name of EPOCHS_OF_LOGS) {
    if (names.includes(name)) await client.query(`update ${name} set epoch = $1`, [epoch]);
  }
  return epoch;
}
