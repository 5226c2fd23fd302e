/** {@link Source} over a folder with a file for each table: NAME.csv with a head, or JSON lines (NAME.json, .ndjson, .jsonl). */
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { csvRecords } from './csv-records.ts';
import { plainValue } from './plain-value.ts';
import { missing, ROWS_AT_A_TIME, type Source, type SourceRow } from './source.ts';
import {
  findTable,
  type FoundTable,
  type GivenNames,
  type KnownTable,
  type Row,
  type TableShape,
} from './table-shape.ts';

const FILE = /^(?<name>.+)\.(?:csv|json|ndjson|jsonl)$/i;
/** Lines of JSON whose members are looked at to know the columns. */
const LOOKED_AT = 100;
const BOM = '\ufeff';

interface TableFile extends KnownTable {
  readonly file: string;
}

/** Finds all files; fails with `not_found` for what is missing. */
export async function openFolderSource(
  folder: string,
  shapes: readonly TableShape[],
  given: GivenNames,
): Promise<Result<Source>> {
  const names = await readdir(folder).catch(() => null);
  if (names === null) return fail(failure('not_found', `${folder} is no folder that can be read.`));
  const wanted = new Set(
    shapes.flatMap(({ what, names: own }) => [...own, given.get(what) ?? '']).map(bareName),
  );
  const tables: TableFile[] = [];
  for (const file of names.sort()) {
    const name = FILE.exec(file)?.groups?.['name'];
    if (name === undefined || !wanted.has(bareName(name))) continue;
    const place = path.join(folder, file);
    try {
      tables.push({ schema: '', name: bareName(name), file: place, columns: await columnsOf(place) });
    } catch (error) {
      return fail(
        failure(
          'bad_request',
          `${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
        ),
      );
    }
  }
  const found = new Map<string, FoundTable | null>();
  const problems: string[] = [];
  for (const shape of shapes) {
    const table = findTable(
      { ...shape, names: shape.names.map(bareName) },
      tables,
      new Map([...given].map(([key, name]) => [key, key.includes('.') ? name : bareName(name)])),
    );
    if (typeof table === 'string') problems.push(table);
    else found.set(shape.what, table);
  }
  if (problems.length > 0) return fail(failure('not_found', missing(problems)));
  const fileOf = (shape: TableShape): string | null =>
    (found.get(shape.what)?.table as TableFile | undefined)?.file ?? null;
  return ok({
    nameOf: (shape) => {
      const file = fileOf(shape);
      return file === null ? null : path.basename(file);
    },
    rows: (shape) => inGroups(rowsOf(shape, found.get(shape.what) ?? null, fileOf(shape))),
    close: async () => undefined,
  });
}

/** Without schema and in lower case: files aren't in schemas. */
function bareName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

function isCsv(file: string): boolean {
  return file.toLowerCase().endsWith('.csv');
}

async function columnsOf(file: string): Promise<readonly string[]> {
  const columns = new Set<string>();
  if (isCsv(file)) {
    for await (const { fields } of csvRecords(textOf(file))) return fields.map((name) => name ?? '');
    return [];
  }
  let looked = 0;
  for await (const { value } of jsonLines(file)) {
    if (value !== null) for (const name of Object.keys(value)) columns.add(name);
    looked += 1;
    if (looked === LOOKED_AT) break;
  }
  return [...columns];
}

async function* rowsOf<Field extends string>(
  shape: TableShape<Field>,
  found: FoundTable | null,
  file: string | null,
): AsyncGenerator<SourceRow<Field>> {
  if (found === null || file === null) return;
  const fields = Object.keys(shape.columns) as Field[];
  const rowOf = (read: (column: string) => string | null): Row<Field> =>
    Object.fromEntries(
      fields.map((field) => {
        const column = found.columns.get(field);
        return [field, column === undefined ? null : read(column)];
      }),
    ) as Row<Field>;
  if (!isCsv(file)) {
    for await (const { line, value } of jsonLines(file)) {
      const at = `line ${line}`;
      if (value === null) yield { at, problem: 'is no JSON object on one line' };
      else yield { at, row: rowOf((column) => plainValue(value[column])) };
    }
    return;
  }
  let places: ReadonlyMap<string, number> | null = null;
  for await (const { line, fields: cells } of csvRecords(textOf(file))) {
    const at = `line ${line}`;
    if (places === null) places = new Map(cells.map((name, place) => [name ?? '', place]));
    else if (cells.length !== places.size)
      yield { at, problem: 'has another number of columns than the head' };
    else {
      const head = places;
      yield { at, row: rowOf((column) => cells[head.get(column) ?? -1] ?? null) };
    }
  }
}

async function* inGroups<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < ROWS_AT_A_TIME) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

async function* textOf(file: string): AsyncGenerator<string> {
  let isFirst = true;
  for await (const piece of createReadStream(file, 'utf8')) {
    const text = String(piece);
    yield isFirst && text.startsWith(BOM) ? text.slice(1) : text;
    isFirst = false;
  }
}

async function* jsonLines(
  file: string,
): AsyncGenerator<{ readonly line: number; readonly value: Readonly<Record<string, unknown>> | null }> {
  const handle = await open(file);
  try {
    let line = 0;
    for await (const text of handle.readLines()) {
      line += 1;
      const bare = line === 1 && text.startsWith(BOM) ? text.slice(1) : text;
      if (bare.trim() !== '') yield { line, value: objectIn(bare) };
    }
  } finally {
    await handle.close().catch(() => undefined);
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}
