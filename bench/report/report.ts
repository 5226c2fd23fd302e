/** Everything that a run has to tell, as Markdown. */
import type { MeasuredScenario } from '../bench-run.ts';
import { type Column, detailTable } from './detail-table.ts';
import { type Line, Results } from './results.ts';
import { verdictTable } from './verdict-table.ts';

/** First what was promised and whether it is kept; then all figures, scenarios with the same columns in one table. */
export function reportText(measured: readonly MeasuredScenario[]): string {
  const lines = measured.flatMap((entry) => entry.lines);
  const targets = measured.flatMap(({ scenario }) => scenario.targets);
  const byColumns = new Map<readonly Column[], Line[]>();
  for (const { scenario, lines: told } of measured) {
    byColumns.set(scenario.columns, [...(byColumns.get(scenario.columns) ?? []), ...told]);
  }
  const tables = [...byColumns].map(([columns, told]) => detailTable(new Results(told), columns));
  return [verdictTable(new Results(lines), targets), ...tables].join('\n\n');
}
