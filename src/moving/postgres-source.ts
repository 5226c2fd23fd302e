/** {@link Source} over the database of a running system: one view of it at one time, which changes nothing there. */
import pg from 'pg';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { reasonOf } from '../storage/outage.ts';
import { missing, ROWS_AT_A_TIME, type Source } from './source.ts';
import {
  findTable,
  type FoundTable,
  fullName,
  type GivenNames,
  type KnownTable,
  type Row,
  type TableShape,
} from './table-shape.ts';

const CONNECT_TIMEOUT_MS = 10_000;

// What the public schema has comes first where a table isn't named with its schema.
const TABLES = `
  select table_schema as schema, table_name as name, array_agg(column_name::text) as columns
  from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')
  group by 1, 2 order by table_schema <> 'public', table_schema, table_name`;

/** Connects, and finds all tables; fails with `unavailable`, or with `not_found` for what is missing. */
export async function openPostgresSource(
  url: string,
  shapes: readonly TableShape[],
  given: GivenNames,
): Promise<Result<Source>> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'hubbub import',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
    await client.query('begin transaction isolation level repeatable read, read only');
    await client.query(
      "select set_config(name, value, true) from (values ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('timezone', 'UTC'), ('datestyle', 'ISO')) as s (name, value)",
    );
    const { rows: tables } = await client.query<KnownTable>(TABLES);
    const found = new Map<string, FoundTable | null>();
    const problems: string[] = [];
    for (const shape of shapes) {
      const table = findTable(shape, tables, given);
      if (typeof table === 'string') problems.push(table);
      else found.set(shape.what, table);
    }
    if (problems.length > 0) {
      await close();
      return fail(failure('not_found', missing(problems)));
    }
    return ok({
      nameOf: ({ what }) => {
        const table = found.get(what)?.table;
        return table === undefined ? null : fullName(table);
      },
      rows: (shape) => rowsOf(client, shape, found.get(shape.what) ?? null),
      close,
    });
  } catch (error) {
    await close();
    return fail(
      failure('unavailable', `The database of the other system does not answer: ${reasonOf(error)}.`),
    );
  }
}

async function* rowsOf<Field extends string>(
  client: pg.Client,
  shape: TableShape<Field>,
  found: FoundTable | null,
): AsyncGenerator<readonly { readonly at: string; readonly row: Row<Field> }[]> {
  if (found === null) return;
  const { table, columns } = found;
  const quoted = (name: string): string => pg.escapeIdentifier(name);
  const named = (field: string): string | undefined => {
    const name = columns.get(field);
    return name === undefined ? undefined : quoted(name);
  };
  const fields = Object.keys(shape.columns);
  const selected = fields.map((field) => `${named(field) ?? 'null'}::text as ${quoted(field)}`);
  const order = shape.order.map(named).filter((name) => name !== undefined);
  await client.query(
    `declare moved no scroll cursor for select ${selected.join(', ')}
     from ${quoted(table.schema)}.${quoted(table.name)} as source ${order.length === 0 ? '' : `order by ${order.map((name) => `source.${name}`).join(', ')}`}`,
  );
  for (;;) {
    const { rows } = await client.query<Row<Field>>(`fetch forward ${ROWS_AT_A_TIME} from moved`);
    if (rows.length === 0) break;
    yield rows.map((row) => ({ at: '', row }));
  }
  await client.query('close moved');
}
