/** Ways to forge a history: what a checker has to find. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { checkHistory } from '../verify/check-history.ts';
import type { Finding } from '../verify/finding.ts';
import type { HistoryRecord, LoggedMessage } from '../verify/history-record.ts';

export type Records = readonly HistoryRecord[];
export type RecordOf<Type extends HistoryRecord['type']> = Extract<HistoryRecord, { readonly type: Type }>;
/** Gives the history with one thing wrong, at a place that `which` picks; null where it has no such place. */
export type Forgery = (records: Records, which: number) => Records | null;

export const of = <Type extends HistoryRecord['type']>(records: Records, type: Type) =>
  records.filter((record): record is RecordOf<Type> => record.type === type);
export const pick = <T>(items: readonly T[], which: number): T | undefined => items[which % items.length];
export const without = (records: Records, one: HistoryRecord) => records.filter((record) => record !== one);
export const replaced = (records: Records, one: HistoryRecord, other: HistoryRecord) =>
  records.map((record) => (record === one ? other : record));

/** The logs as they were read back, and back into pages. */
function logsOf(records: Records): Map<string, LoggedMessage[]> {
  const logs = new Map<string, LoggedMessage[]>();
  for (const { channelId, events } of of(records, 'page')) {
    logs.set(channelId, [...(logs.get(channelId) ?? []), ...events]);
  }
  return logs;
}
export function withLog(
  records: Records,
  channelId: string,
  change: (log: LoggedMessage[]) => LoggedMessage[],
): Records {
  const log = change(logsOf(records).get(channelId) ?? []);
  const others = records.filter((record) => record.type !== 'page' || record.channelId !== channelId);
  return [...others, { type: 'page', at: 0, channelId, events: log }];
}
export const renumbered = (log: readonly LoggedMessage[]) =>
  log.map((message, i) => ({ ...message, seq: i + 1 }));

export const invocation = (records: Records, operation: number) =>
  of(records, 'invoked').find((record) => record.operation === operation)!;
export const logged = (records: Records) =>
  [...logsOf(records)].flatMap(([channelId, log]) => log.map((message) => ({ channelId, message })));

/** Changes one message of a log. */
export const inLog =
  (change: (message: LoggedMessage) => Partial<LoggedMessage>): Forgery =>
  (records, which) => {
    const one = pick(logged(records), which);
    if (one === undefined) return null;
    return withLog(records, one.channelId, (log) =>
      log.map((message) => (message === one.message ? { ...message, ...change(message) } : message)),
    );
  };
/** Changes what somebody was shown once. */
export const inView =
  (change: (shown: RecordOf<'shown'>) => Partial<LoggedMessage>): Forgery =>
  (records, which) => {
    const one = pick(of(records, 'shown'), which);
    return one === undefined ? null : replaced(records, one, { ...one, ...change(one) });
  };

/** That the checker finds `what`, its detail with `words`, in each of `numRuns` histories that `forge` can forge. */
export function findsIn(
  histories: fc.Arbitrary<Records>,
  forge: Forgery,
  what: Finding['what'],
  words = '',
  numRuns = 150,
): void {
  let forged = 0;
  fc.assert(
    fc.property(histories, fc.nat(), (honest, which) => {
      const history = forge(honest, which);
      if (history === null) return;
      forged += 1;
      const { findings } = checkHistory(history);
      const found = findings.some((finding) => finding.what === what && finding.detail.includes(words));
      expect(found, JSON.stringify(findings)).toBe(true);
    }),
    { numRuns },
  );
  // A history without a place for the forgery proves nothing.
  expect(forged).toBeGreaterThan(15);
}
