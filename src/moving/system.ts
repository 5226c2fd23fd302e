/** Another system: its tables, and what their rows are here. */
import type { MovedItems, MovedKind } from './items.ts';
import type { Row, TableShape } from './table-shape.ts';

/** What somebody who moves says beside where the system stands. */
export interface MoveOptions {
  /** Who vouches for its users, as tokens name it. */
  readonly issuer: string | null;
}

/** Why a row is nothing here. */
export interface RowProblem {
  readonly problem: string;
}

/** A table, and what its rows are: null for one that means nothing. */
export interface Step<Kind extends MovedKind = MovedKind> {
  readonly kind: Kind;
  readonly shape: TableShape;
  readonly read: (row: Row) => MovedItems[Kind] | RowProblem | null;
}

/** See the head of the file. */
export interface OtherSystem {
  readonly name: string;
  /** Its users come from an issuer, so it has to be named. */
  readonly needsIssuer: boolean;
  /** In the order in which they are taken. What a step reads later ones may refer to. */
  readonly steps: (options: MoveOptions) => readonly Step[];
}

/** A step whose rows have the fields of its table. */
export function step<Kind extends MovedKind, Field extends string>(
  kind: Kind,
  shape: TableShape<Field>,
  read: (row: Row<Field>) => MovedItems[Kind] | RowProblem | null,
): Step {
  return { kind, shape, read };
}

/** A row without what it takes to be something. */
export const lacks = (what: string): RowProblem => ({ problem: `has no ${what}` });
