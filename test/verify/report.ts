/** Tells what came of a verification, and keeps the history of one that failed. */
import { writeFile } from 'node:fs/promises';
import { historyLines } from './history-file.ts';
import { verdictText } from './verdict-text.ts';
import type { VerifyOutcome } from './verify.ts';

/** A report's lines, and whether every promise was kept. */
export interface Report {
  readonly text: string;
  readonly kept: boolean;
}

/** Where promises were broken, or the run didn't come to its end, writes the history to `file` and says so. */
export async function reportOutcome(outcome: VerifyOutcome, file: string): Promise<Report> {
  const lines = outcome.kind === 'checked' ? [verdictText(outcome.verdict)] : [`FAILED: ${outcome.problem}`];
  if (outcome.kind === 'checked' && outcome.delays > 0) {
    lines.unshift(`the server asked ${outcome.delays} times to wait before a message is sent again`);
  }
  const kept = outcome.kind === 'checked' && outcome.verdict.findings.length === 0;
  const happened = outcome.records.some(({ type }) => type !== 'run');
  if (!kept && happened) {
    await writeFile(file, historyLines(outcome.records), { mode: 0o600 });
    lines.push(`the history is in ${file}; to check it again: npm run verify -- --check ${file}`);
  }
  return { text: `${lines.join('\n')}\n`, kept };
}
