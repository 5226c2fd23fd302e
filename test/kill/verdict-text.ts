/** A kill check's verdict in words. */
import type { KillVerdict } from './kill-check.ts';

/** Findings that are shown; the others are counted. */
const SHOWN = 20;

/** Counts, findings and the verdict itself. */
export function verdictText(verdict: KillVerdict): string {
  const { findings } = verdict;
  return [
    `${verdict.kills} kills; ${verdict.invoked} messages sent: ${verdict.acknowledged} acknowledged ` +
      `(${verdict.duplicates} of them had landed in an earlier try), ${verdict.unknown} of unknown outcome`,
    `${verdict.logged} messages in the logs, ${verdict.shown} shown over all clients`,
    ...findings.slice(0, SHOWN).map(({ what, detail }) => `  ${what}: ${detail}`),
    ...(findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []),
    findings.length === 0
      ? 'kept: nothing acknowledged or shown is missing, nothing is there twice, every log is dense'
      : `BROKEN: ${findings.length} findings`,
  ].join('\n');
}
