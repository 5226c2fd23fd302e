/** A verdict in words. */
import type { Verdict } from './check-history.ts';

/** Findings that are shown; the others are counted. */
const SHOWN = 20;

/** What was checked, what was found, and the verdict itself. */
export function verdictText({ counts, findings }: Verdict): string {
  return [
    `${counts.invoked} messages: ${counts.acknowledged} acknowledged (${counts.duplicates} of them had landed in an ` +
      `earlier try), ${counts.failed} failed, ${counts.unknown} of unknown outcome`,
    `${counts.logged} messages in the logs of ${counts.channels} channels; ${counts.shown} shown to ` +
      `${counts.observers} clients, who came back ${counts.resumes} times`,
    ...findings.slice(0, SHOWN).map(({ what, detail }) => `  ${what}: ${detail}`),
    ...(findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []),
    findings.length === 0
      ? 'kept: nothing acknowledged or shown is missing or altered, nothing is there twice, every log is dense'
      : `BROKEN: ${findings.length} findings`,
  ].join('\n');
}
