/** Which tables and sequences a database of ours has, from its catalog. */
import pg from 'pg';

/** A table by its columns, in their order; generated columns are left out. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Where node-pg-migrate notes which migrations ran. Not a part of a backup: the names stand in its head. */
export const MIGRATIONS_TABLE = 'migrations';

/** What the schema that is searched first has: its tables, each behind those that it refers to, and its sequences. */
export interface SchemaShape {
  readonly tables: readonly TableShape[];
  readonly sequences: readonly string[];
}

const TABLES = `
  select c.relname as name, c.relkind as kind,
    array(
      select a.attname::text from pg_attribute as a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      order by a.attnum
    ) as columns,
    array(
      select t.relname::text from pg_constraint as k join pg_class as t on t.oid = k.confrelid
      where k.conrelid = c.oid and k.contype = 'f' and t.oid <> c.oid
    ) as refers
  from pg_class as c
  where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname`;
const SEQUENCES = `
  select c.relname as name from pg_class as c
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'S'
    and not exists (
      select from pg_depend as d join pg_class as t on t.oid = d.refobjid
      where d.objid = c.oid and d.deptype in ('a', 'i') and t.relname = '${MIGRATIONS_TABLE}'
    )
  order by c.relname`;

interface TableRow {
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly string[];
  readonly refers: readonly string[];
}

/** Reads the shapes. Throws for what neither backup nor restore know how to do: a partitioned table. */
export async function readShapes(client: pg.ClientBase): Promise<SchemaShape> {
  const { rows } = await client.query<TableRow>(TABLES);
  const partitioned = rows.find(({ kind }) => kind === 'p');
  if (partitioned !== undefined) throw new Error(`no backup of a partitioned table: ${partitioned.name}`);
  const ours = rows.filter(({ name }) => name !== MIGRATIONS_TABLE);
  const sequences = await client.query<{ name: string }>(SEQUENCES);
  return {
    tables: inOrder(ours).map(({ name, columns }) => ({ name, columns })),
    sequences: sequences.rows.map(({ name }) => name),
  };
}

/** Names of the migrations that ran, in their order; none where Hubbub never was. */
export async function readSchemaLevel(client: pg.ClientBase): Promise<readonly string[]> {
  const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    MIGRATIONS_TABLE,
  ]);
  if (found.rows[0]?.there !== true) return [];
  const { rows } = await client.query<{ name: string }>(
    `select name from ${MIGRATIONS_TABLE} order by run_on, id`,
  );
  return rows.map(({ name }) => name);
}

/** A `COPY` statement for the table. */
export function copyStatement({ name, columns }: TableShape, way: 'to stdout' | 'from stdin'): string {
  const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ');
  // Rows that come into a table that was emptied in the same transaction need not be visited by vacuum any more.
  const options = way === 'from stdin' ? ', freeze' : '';
  return `copy ${pg.escapeIdentifier(name)} (${list}) ${way} with (format text, encoding 'UTF8'${options})`;
}

function inOrder(tables: readonly TableRow[]): readonly TableRow[] {
  const done = new Set<string>();
  const ordered: TableRow[] = [];
  let left = tables;
  while (left.length > 0) {
    const free = left.filter(({ refers }) => refers.every((name) => done.has(name)));
    // Tables that refer to each other in a circle: there are none, and their keys would say so.
    const next = free.length > 0 ? free : left;
    for (const table of next) done.add(table.name);
    ordered.push(...next);
    left = left.filter(({ name }) => !done.has(name));
  }
  return ordered;
}
