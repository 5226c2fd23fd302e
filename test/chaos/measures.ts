/** Rates and latencies of a part of a history; all times are ms since its recording began. */
import type { Verdict } from '../verify/check-history.ts';
import type { HistoryRecord } from '../verify/history-record.ts';
import { verdictText } from '../verify/verdict-text.ts';
import type { Check } from './fault.ts';

/** A stretch of a history, of some channels and clients only or of all. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly channels?: readonly string[];
  /** Names of clients; absent: all. */
  readonly senders?: readonly string[];
}

/** Messages acknowledged a second. */
export function acknowledgedPerSecond(records: readonly HistoryRecord[], stretch: Stretch): number {
  return (acknowledgements(records, stretch).length * 1_000) / (stretch.to - stretch.from);
}

/** The same, as the median of its whole seconds: a single stall of the machine is left out. */
export function usuallyPerSecond(records: readonly HistoryRecord[], stretch: Stretch): number {
  const seconds = Array.from({ length: Math.floor((stretch.to - stretch.from) / 1_000) }, () => 0);
  for (const { at } of acknowledgements(records, stretch)) {
    const second = Math.floor((at - stretch.from) / 1_000);
    if (second < seconds.length) seconds[second]! += 1;
  }
  seconds.sort((a, b) => a - b);
  const middle = (seconds.length - 1) / 2;
  return ((seconds[Math.floor(middle)] ?? Number.NaN) + (seconds[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * A percentile (0 to 1) of the time from a message's sending to its acknowledgement, of one stretch or of several
 * together, ms; NaN when there was none.
 */
export function acknowledgementMs(
  records: readonly HistoryRecord[],
  stretches: Stretch | readonly Stretch[],
  percentile: number,
): number {
  const sorted = [stretches]
    .flat()
    .flatMap((stretch) => acknowledgements(records, stretch))
    .map(({ latencyMs }) => latencyMs)
    .sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percentile))] ?? Number.NaN;
}

/** A piece of a stretch, over which a percentile is taken by itself, ms. */
const PIECE_MS = 4_000;

/** {@link acknowledgementMs} as the median of the stretch's pieces: one moment of a busy machine is left out. */
export function usualAcknowledgementMs(
  records: readonly HistoryRecord[],
  stretch: Stretch,
  percentile: number,
): number {
  const { from, to } = stretch;
  const pieces = Math.max(1, Math.floor((to - from) / PIECE_MS));
  const length = (to - from) / pieces;
  const values = Array.from({ length: pieces }, (_, i) => {
    const piece = { ...stretch, from: from + i * length, to: from + (i + 1) * length };
    return acknowledgementMs(records, piece, percentile);
  }).sort((a, b) => a - b);
  const middle = (values.length - 1) / 2;
  return ((values[Math.floor(middle)] ?? Number.NaN) + (values[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The longest time in which nothing was acknowledged, ms. */
export function longestSilenceMs(records: readonly HistoryRecord[], stretch: Stretch): number {
  let last = stretch.from;
  let longest = 0;
  for (const { at } of acknowledgements(records, stretch)) {
    longest = Math.max(longest, at - last);
    last = at;
  }
  return Math.max(longest, stretch.to - last);
}

/** How often a client lost its connection. */
export function cuts(records: readonly HistoryRecord[]): number {
  return records.filter(({ type }) => type === 'cut').length;
}

/** That no promise was broken, as a check. */
export function promisesKept(verdict: Verdict): Check {
  const { counts, findings } = verdict;
  return {
    what: 'nothing acknowledged or shown lost, doubled or altered, every log dense',
    measured:
      findings.length === 0
        ? `${counts.acknowledged} acknowledged, ${counts.shown} shown, ${counts.resumes} resumes`
        : verdictText(verdict),
    held: findings.length === 0 && counts.acknowledged > 0,
  };
}

/** What has to hold for a crowd under any fault: for its channels, and for its inboxes. */
export function crowdKept(verdict: Verdict): readonly Check[] {
  const { counts, findings } = verdict;
  const { acknowledged, logged, logs, shown } = counts.whispers;
  return [
    promisesKept(verdict),
    {
      what: 'each whisper once in both inboxes or in neither, shown to every device of both, in order',
      measured:
        findings.length === 0
          ? `${acknowledged} acknowledged, ${logged} entries in ${logs} inboxes, ${shown} shown`
          : 'see above',
      held: findings.length === 0 && acknowledged > 0,
    },
  ];
}

interface Acknowledgement {
  readonly at: number;
  readonly latencyMs: number;
}

function acknowledgements(
  records: readonly HistoryRecord[],
  { from, to, channels, senders }: Stretch,
): readonly Acknowledgement[] {
  const invoked = new Map<number, Extract<HistoryRecord, { type: 'invoked' }>>();
  const found: Acknowledgement[] = [];
  for (const record of records) {
    if (record.type === 'invoked') invoked.set(record.operation, record);
    if (record.type !== 'ok' || record.at < from || record.at >= to) continue;
    const begun = invoked.get(record.operation);
    if (begun === undefined || channels?.includes(begun.channelId) === false) continue;
    if (senders?.includes(begun.sender) === false) continue;
    found.push({ at: record.at, latencyMs: record.at - begun.at });
  }
  return found;
}
