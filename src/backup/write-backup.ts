/** Makes a backup of a database while it is in use: all of it as it was at one moment. */
import pg from 'pg';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { CopyOut } from './copy-out.ts';
import { FORMAT, HEAD_NAME, MANIFEST_NAME, partName, sha256 } from './manifest.ts';
import type { BackedUpTable, BackupHead, BackupManifest } from './manifest.ts';
import { copyStatement, readSchemaLevel, readShapes } from './table-shapes.ts';
import type { SchemaShape, TableShape } from './table-shapes.ts';
import { tarEnd, tarMember } from './tar.ts';
import type { Member } from './tar.ts';

/** Least size of a part but the last of its table, bytes: parts are held in memory, a few at a time. */
const PART_BYTES = 2 * 1024 * 1024;

/** A snapshot that stands, and what is in it. */
export interface OpenSnapshot {
  readonly head: BackupHead;
  /** The archive, uncompressed; to be read once. Rejects when the database breaks off. */
  archive(): AsyncGenerator<Buffer>;
  /** Rows of each table, when the archive was read. */
  rows(): ReadonlyMap<string, number>;
}

/**
 * Begins a snapshot on a connection that nothing else uses and that has no time limit for statements. Everything that
 * was acknowledged before the call is in it. Fails where no Hubbub ever used the database; rejects when the connection
 * breaks.
 */
export async function openSnapshot(
  client: pg.ClientBase,
  { program, now }: { readonly program: string; readonly now: number },
): Promise<Result<OpenSnapshot>> {
  await client.query('begin transaction isolation level repeatable read, read only');
  const schema = await readSchemaLevel(client);
  if (schema.length === 0) {
    return fail(
      failure('not_found', 'There is no Hubbub in this database: is it that of DATABASE_URL or DATA_DIR?'),
    );
  }
  const server = await client.query<{ id: string; epoch: string; postgres: string }>(
    "select id, epoch, current_setting('server_version') as postgres from server_instance",
  );
  const { id = '', epoch = '', postgres = '' } = server.rows[0] ?? {};
  const head: BackupHead = {
    ...{ format: FORMAT, program, made_at: now, postgres },
    ...{ schema: [...schema], server: { id, epoch } },
  };
  const shape = await readShapes(client);
  const rows = new Map<string, number>();
  return ok({
    head,
    archive: () => archiveOf(client, head, shape, rows),
    rows: () => rows,
  });
}

async function* archiveOf(
  client: pg.ClientBase,
  head: BackupHead,
  shape: SchemaShape,
  rows: Map<string, number>,
): AsyncGenerator<Buffer> {
  const at = Math.floor(head.made_at / 1_000);
  const headBytes = json(head);
  yield* tarMember({ name: HEAD_NAME, bytes: headBytes }, at);
  const tables: BackedUpTable[] = [];
  for (const table of shape.tables) {
    const copied: BackedUpTable = { name: table.name, columns: [...table.columns], rows: 0, parts: [] };
    for await (const member of partsOf(client, table, copied)) yield* tarMember(member, at);
    rows.set(table.name, copied.rows);
    tables.push(copied);
  }
  const manifest: BackupManifest = {
    head_sha256: sha256(headBytes),
    tables,
    sequences: await sequenceValues(client, shape.sequences),
  };
  yield* tarMember({ name: MANIFEST_NAME, bytes: json(manifest) }, at);
  yield tarEnd();
}

async function* partsOf(
  client: pg.ClientBase,
  table: TableShape,
  copied: BackedUpTable,
): AsyncGenerator<Member> {
  const copy = client.query(new CopyOut(copyStatement(table, 'to stdout'), PART_BYTES));
  for await (const bytes of copy) {
    const name = partName(table.name, copied.parts.length + 1);
    copied.parts.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
    yield { name, bytes };
  }
  copied.rows = copy.rows;
}

/** Sequences follow no snapshot: read last, they are at or behind all numbers that are in it. */
async function sequenceValues(
  client: pg.ClientBase,
  names: readonly string[],
): Promise<BackupManifest['sequences']> {
  const { rows } = await client.query<{ name: string; value: string | null }>(
    `select name, pg_sequence_last_value(quote_ident(name)::regclass)::text as value
     from unnest($1::text[]) as name`,
    [names],
  );
  return rows.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
}

function json(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}
