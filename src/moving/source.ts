/** What is read of another system, wherever it stands: its database, or a folder of files. */
import type { Row, TableShape } from './table-shape.ts';

/** A row, or what can't be read as one; `at` names it for people: `line 7`. */
export type SourceRow<Field extends string> =
  { readonly at: string; readonly row: Row<Field> } | { readonly at: string; readonly problem: string };

/** Everything that was asked for is there. */
export interface Source {
  /** Where rows come from, for people; null: there is no such table, and none is needed. */
  nameOf(shape: TableShape): string | null;
  /** All rows of a table, some at a time, in its order; none where there is no such table. Rejects when the source breaks off. */
  rows<Field extends string>(shape: TableShape<Field>): AsyncIterable<readonly SourceRow<Field>[]>;
  close(): Promise<void>;
}

/** Rows that are read at a time. */
export const ROWS_AT_A_TIME = 500;

/** One sentence about all that is missing. */
export function missing(problems: readonly string[]): string {
  return (
    `Some of it wasn't found: ${problems.join('; ')}. Say what it is called with --map TABLE=NAME or ` +
    '--map TABLE.COLUMN=NAME, or make views of the names that were looked for; docs/moving.md lists them.'
  );
}
