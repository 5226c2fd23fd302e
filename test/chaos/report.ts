/** Outcomes of a chaos run as text. */
import { markdownTable } from '../../bench/report/markdown-table.ts';
import { held, type Outcome } from './chaos.ts';

/** A table with a row for each check, and a line with the verdict. */
export function reportText(outcomes: readonly Outcome[], seed: number): string {
  const rows = outcomes.flatMap(({ fault, checks }) =>
    checks.map(({ what, measured, held }, index) => [
      index === 0 ? `${fault.what} (\`${fault.name}\`)` : '',
      what,
      measured.replaceAll('|', '\\|').replaceAll('\n', '<br>'),
      held ? 'held' : 'BROKEN',
    ]),
  );
  const broken = outcomes.filter((outcome) => !held(outcome));
  const seconds = Math.round(outcomes.reduce((sum, { ms }) => sum + ms, 0) / 1_000);
  const verdict =
    broken.length === 0
      ? `kept: all ${outcomes.length} faults, seed ${seed}, ${seconds} s`
      : `BROKEN: ${broken.map(({ fault }) => fault.name).join(', ')}; seed ${seed}, ${seconds} s`;
  return `${markdownTable(['fault', 'what must hold', 'measured', ''], rows, 4)}\n\n${verdict}\n`;
}
