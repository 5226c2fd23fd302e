/** What a move came to, counted, and as a table for people. */
import type { MovedKind, MovedOutcome } from './items.ts';

/** Ids that are told of what was left out for one reason, or changed in one way. */
const TOLD_IDS = 10;

interface Count {
  read: number;
  added: number;
  known: number;
  leftOut: number;
  /** Tables or files. */
  readonly from: string[];
}

/** Counts, in the order in which kinds come. */
export class MoveReport {
  readonly #counts = new Map<MovedKind, Count>();
  readonly #leftOut = new Map<string, { count: number; readonly ids: string[] }>();
  readonly #remarks = new Map<string, { count: number; readonly ids: string[] }>();

  /** The kind is read from there; null: from nowhere, as there is no such table. */
  begin(kind: MovedKind, from: string | null): void {
    const { from: sources } = this.#of(kind);
    if (from !== null) sources.push(from);
  }

  count(kind: MovedKind, outcome: MovedOutcome, id: string): void {
    const counts = this.#of(kind);
    counts.read += 1;
    if (typeof outcome === 'string') counts[outcome] += 1;
    else {
      counts.leftOut += 1;
      note(this.#leftOut, `${kind}: ${outcome.leftOut}`, id);
    }
  }

  remark(kind: MovedKind, what: string, id: string): void {
    note(this.#remarks, `${kind}: ${what}`, id);
  }

  /** By kind, how many came over. */
  get added(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([kind, { added }]) => [kind, added]));
  }

  get leftOut(): number {
    return [...this.#counts.values()].reduce((sum, { leftOut }) => sum + leftOut, 0);
  }

  /** Rows that were read of a kind so far. */
  readOf(kind: MovedKind): number {
    return this.#counts.get(kind)?.read ?? 0;
  }

  #of(kind: MovedKind): Count {
    const counts = this.#counts.get(kind) ?? { read: 0, added: 0, known: 0, leftOut: 0, from: [] };
    this.#counts.set(kind, counts);
    return counts;
  }

  /** The table, and what is to be said beside it. */
  text(): string {
    const heads = ['', 'read', 'added', 'known', 'left out', 'from'];
    const rows = [...this.#counts].map(([kind, { read, added, known, leftOut, from }]) => [
      ...[kind, ...[read, added, known, leftOut].map(String)],
      from.length === 0 ? 'nowhere: no such table' : from.join(', '),
    ]);
    const widths = heads.map((head, column) =>
      Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, column) => {
          if (column === cells.length - 1) return cell;
          return column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
        })
        .join('  ');
    const parts = [[line(heads), ...rows.map(line)]];
    if (this.#leftOut.size > 0) parts.push(['Left out:', ...told(this.#leftOut)]);
    if (this.#remarks.size > 0) parts.push(['Not as it was:', ...told(this.#remarks)]);
    return parts.map((lines) => `${lines.join('\n')}\n`).join('\n');
  }
}

function note(notes: Map<string, { count: number; readonly ids: string[] }>, what: string, id: string): void {
  const noted = notes.get(what) ?? { count: 0, ids: [] };
  notes.set(what, noted);
  noted.count += 1;
  if (noted.ids.length < TOLD_IDS) noted.ids.push(id);
}

function told(
  notes: ReadonlyMap<string, { readonly count: number; readonly ids: readonly string[] }>,
): string[] {
  return [...notes].map(([what, { count, ids }]) => {
    const more = count > ids.length ? `, and ${count - ids.length} more` : '';
    return `  ${what}: ${ids.map((id) => id.replace(/\p{Cc}/gu, '?').slice(0, 64)).join(', ')}${more}`;
  });
}
