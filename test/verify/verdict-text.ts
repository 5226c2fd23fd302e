/** A verdict in words. */
import type { LogCounts, Verdict } from './check-history.ts';

/** Findings that are shown; the others are counted. */
const SHOWN = 20;

/** What was checked, what was found, and the verdict itself. */
export function verdictText({ counts, findings }: Verdict): string {
  const { whispers } = counts;
  return [
    `${counts.invoked} messages: ${outcomesText(counts)}`,
    `${counts.logged} messages in the logs of ${counts.logs} channels; ${counts.shown} shown to ` +
      `${counts.observers} clients, who came back ${counts.resumes} times`,
    ...(whispers.invoked === 0
      ? []
      : [
          `${whispers.invoked} whispers: ${outcomesText(whispers)}`,
          `${whispers.logged} entries in ${whispers.logs} inboxes; ${whispers.shown} shown`,
        ]),
    ...findings.slice(0, SHOWN).map(({ what, detail }) => `  ${what}: ${detail}`),
    ...(findings.length > SHOWN ? [`  and ${findings.length - SHOWN} more`] : []),
    findings.length === 0
      ? 'kept: nothing acknowledged or shown is missing or altered, nothing is there twice, every log is dense'
      : `BROKEN: ${findings.length} findings`,
  ].join('\n');
}

function outcomesText({ acknowledged, duplicates, failed, unknown }: LogCounts): string {
  return (
    `${acknowledged} acknowledged (${duplicates} of them had landed in an earlier try), ${failed} failed, ` +
    `${unknown} of unknown outcome`
  );
}
