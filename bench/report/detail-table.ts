/** What was measured, one line for each load and server. */
import { markdownTable } from './markdown-table.ts';
import type { Line, Results } from './results.ts';

/** A column of figures. */
export interface Column {
  readonly header: string;
  /** Null: nothing to show. */
  readonly value: (results: Results, load: string, server: string) => number | null;
  readonly text: (value: number) => string;
}

/** A column with the median of a figure. */
export function medianColumn(header: string, figure: string, text: Column['text']): Column {
  return { header, value: (results, load, server) => results.median(load, server, figure), text };
}

/** A column with the largest of a figure: of what must not happen, the worst round tells. */
export function largestColumn(header: string, figure: string, text: Column['text']): Column {
  return { header, value: (results, load, server) => results.largest(load, server, figure), text };
}

/**
 * A Markdown table of `rows`. A cell without a figure is `–`, or `void` when no round counted; the last column says how
 * many rounds there were, which don't count and why, and what went wrong in them.
 */
export function detailTable(results: Results, columns: readonly Column[]): string {
  const rows = results.rows.map(({ load, server }) => {
    const rounds = results.rounds(load, server);
    const nothing = rounds.every((line) => line.void !== undefined) ? 'void' : '–';
    const cells = columns.map(({ value, text }) => {
      const figure = value(results, load, server);
      return figure === null ? nothing : text(figure);
    });
    return [load, server, ...cells, roundsCell(rounds)];
  });
  return markdownTable(['load', 'server', ...columns.map(({ header }) => header), 'rounds'], rows, 2);
}

function roundsCell(rounds: readonly Line[]): string {
  const voids = new Map<string, number>();
  const troubles = new Map<string, number>();
  for (const line of rounds) {
    if (line.void !== undefined) voids.set(line.void, (voids.get(line.void) ?? 0) + 1);
    for (const [what, count] of Object.entries(line.troubles ?? {})) {
      troubles.set(what, (troubles.get(what) ?? 0) + count);
    }
  }
  return [
    String(rounds.length),
    ...[...voids].map(([why, count]) => `${count} void: ${why}`),
    ...[...troubles].flatMap(([what, count]) => (count === 0 ? [] : `${count} ${what}`)),
    ...new Set(rounds.flatMap(({ remarks }) => remarks ?? [])),
  ].join(', ');
}
