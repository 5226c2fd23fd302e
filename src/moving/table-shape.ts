/** Tables of other systems: what they and their columns may be called, and how they are found among what there is. */

/** A column, by the names that it may have; without one that isn't optional the table is no use. */
export interface ColumnShape {
  readonly names: readonly string[];
  readonly optional?: true;
}

/** A table. */
export interface TableShape<Field extends string = string> {
  /** How `--map` and messages call it. */
  readonly what: string;
  /** With or without a schema, the likeliest first. */
  readonly names: readonly string[];
  /** Where there is none, nothing of that kind comes over. */
  readonly optional?: true;
  readonly columns: Readonly<Record<Field, ColumnShape>>;
  /** Rows come in the order of these. */
  readonly order: readonly NoInfer<Field>[];
}

/** A row by fields; null: nothing is in it, or there is no such column. */
export type Row<Field extends string = string> = Readonly<Record<Field, string | null>>;

/** A table that there is. `schema` is '' where there are none. */
export interface KnownTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** A table that fits a shape, with the names of its columns by fields. */
export interface FoundTable {
  readonly table: KnownTable;
  readonly columns: ReadonlyMap<string, string>;
}

/** Names that somebody gave: of a table (`messages`) or of a column (`messages.author`). */
export type GivenNames = ReadonlyMap<string, string>;

/** A column that there has to be. */
export const column = (...names: string[]): ColumnShape => ({ names });
/** A column that there may be. */
export const maybe = (...names: string[]): ColumnShape => ({ names, optional: true });

/** Reads `messages=chat.log` and `messages.author=sender_id`; a string says what is wrong. */
export function givenNames(options: readonly string[], shapes: readonly TableShape[]): GivenNames | string {
  const names = new Map<string, string>();
  for (const option of options) {
    const at = option.indexOf('=');
    const [key, name] = [option.slice(0, at).trim(), option.slice(at + 1).trim()];
    if (at < 1 || name === '')
      return `--map takes TABLE=NAME or TABLE.COLUMN=NAME, not ${JSON.stringify(option)}`;
    const [what, field] = key.split('.', 2);
    const shape = shapes.find((one) => one.what === what);
    if (shape === undefined) return `--map knows ${list(shapes.map((one) => one.what))}, not ${String(what)}`;
    if (field !== undefined && !(field in shape.columns)) {
      return `--map knows the columns ${list(Object.keys(shape.columns))} of ${shape.what}, not ${field}`;
    }
    names.set(key, name);
  }
  return names;
}

/** The table of that shape: null where there is none and none is needed, a string that says what is missing. */
export function findTable(
  shape: TableShape,
  tables: readonly KnownTable[],
  given: GivenNames,
): FoundTable | null | string {
  const own = given.get(shape.what);
  const named = own === undefined ? shape.names : [own];
  const candidates = named.flatMap((name) => tables.filter((table) => isCalled(table, name)));
  let problem: string | null = null;
  for (const table of candidates) {
    const fit = fitting(shape, table, given);
    if (typeof fit !== 'string') return fit;
    problem ??= fit;
  }
  if (problem !== null) return problem;
  if (shape.optional === true && own === undefined) return null;
  return `there is no table for ${shape.what} (looked for ${list(named)})`;
}

function fitting(shape: TableShape, table: KnownTable, given: GivenNames): FoundTable | string {
  const columns = new Map<string, string>();
  const missing: string[] = [];
  for (const [field, { names, optional }] of Object.entries(shape.columns)) {
    const own = given.get(`${shape.what}.${field}`);
    const wanted = own === undefined ? names : [own];
    const found = wanted
      .map((name) => table.columns.find((one) => one.toLowerCase() === name.toLowerCase()))
      .find((name) => name !== undefined);
    if (found !== undefined) columns.set(field, found);
    else if (optional !== true || own !== undefined) missing.push(`${field} (looked for ${list(wanted)})`);
  }
  if (missing.length === 0) return { table, columns };
  return `${fullName(table)}, taken for ${shape.what}, has no column for ${missing.join(', nor for ')}`;
}

function isCalled(table: KnownTable, wanted: string): boolean {
  const name = wanted.toLowerCase();
  return name === table.name.toLowerCase() || name === fullName(table).toLowerCase();
}

/** As one writes it. */
export function fullName({ schema, name }: KnownTable): string {
  return schema === '' ? name : `${schema}.${name}`;
}

function list(names: readonly string[]): string {
  return names.join(', ');
}
