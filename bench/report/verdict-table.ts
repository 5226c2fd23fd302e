/** What was promised, what was measured, and whether the one meets the other. */
import { markdownTable } from './markdown-table.ts';
import type { Results } from './results.ts';

/** A limit that a figure has to keep. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** One promise. */
export interface Target {
  /** Of which load. */
  readonly row: string;
  /** Of which figure. */
  readonly figure: string;
  readonly value: (results: Results) => number | null;
  readonly text: (value: number) => string;
  readonly must?: Bound;
  readonly aim?: Bound;
}

/** What a bound comes to: a figure that wasn't measured meets nothing. */
export type Verdict = 'met' | 'missed' | 'not measured';

/** Holds a figure against a bound, as it was measured: what is printed may be rounded. */
export function verdict(value: number | null, bound: Bound): Verdict {
  if (value === null || Number.isNaN(value)) return 'not measured';
  return ('atMost' in bound ? value <= bound.atMost : value >= bound.atLeast) ? 'met' : 'missed';
}

/** A Markdown table with a line for each target. */
export function verdictTable(results: Results, targets: readonly Target[]): string {
  const rows = targets.map(({ row, figure, value, text, must, aim }) => {
    const measured = value(results);
    const cells = [must, aim].flatMap((bound) =>
      bound === undefined ? ['–', '–'] : [boundText(bound, text), verdict(measured, bound)],
    );
    return [row, figure, measured === null ? '–' : text(measured), ...cells];
  });
  return markdownTable(['load', 'figure', 'measured', 'must', '', 'aim', ''], rows, 2);
}

function boundText(bound: Bound, text: Target['text']): string {
  return 'atMost' in bound ? `≤ ${text(bound.atMost)}` : `≥ ${text(bound.atLeast)}`;
}
