import { describe, expect, it } from 'vitest';
import {
  acknowledgedPerSecond,
  acknowledgementMs,
  crowdKept,
  longestSilenceMs,
  promisesKept,
} from '../chaos/measures.ts';
import type { Verdict } from '../verify/check-history.ts';
import type { HistoryRecord } from '../verify/history-record.ts';

/** One message: when it was sent and acknowledged, in which channel, by whom. */
type Sent = readonly [sentAt: number, okAt: number | null, channelId?: string, sender?: string];

function historyOf(...messages: readonly Sent[]): HistoryRecord[] {
  const records = messages.flatMap(
    ([sentAt, okAt, channelId = 'a', sender = 'ada'], operation): HistoryRecord[] => {
      const clientMessageId = `m${operation}`;
      const invoked: HistoryRecord = {
        ...{ type: 'invoked', at: sentAt, operation, channelId, sender },
        ...{ authorId: 'u', clientMessageId, content: 'hi' },
      };
      if (okAt === null) return [invoked];
      return [
        invoked,
        { type: 'ok', at: okAt, operation, id: clientMessageId, seq: operation + 1, duplicate: false },
      ];
    },
  );
  return records.sort((one, other) => one.at - other.at);
}

describe('measures of a history', () => {
  it('a rate counts what was acknowledged in the stretch, whenever it was sent', () => {
    const records = historyOf([0, 100], [900, 1_000], [950, 2_999], [1_500, 3_000], [2_000, null]);
    expect(acknowledgedPerSecond(records, { from: 1_000, to: 3_000 })).toBe(1);
  });

  it('latencies are of one stretch, or of several together', () => {
    const records = historyOf([0, 10], [0, 20], [1_000, 1_030], [2_000, 2_500], [3_000, 3_040]);
    const quiet = [
      { from: 0, to: 1_500 },
      { from: 2_800, to: 4_000 },
    ];
    expect(acknowledgementMs(records, quiet, 0.99)).toBe(40);
    expect(acknowledgementMs(records, quiet, 0.5)).toBe(30);
    expect(acknowledgementMs(records, { from: 0, to: 4_000 }, 0.99)).toBe(500);
    expect(acknowledgementMs(records, { from: 4_000, to: 5_000 }, 0.99)).toBeNaN();
    expect(acknowledgementMs(records, [], 0.99)).toBeNaN();
  });

  it('a stretch may be of some channels and of some clients', () => {
    const records = historyOf([0, 10], [0, 20, 'b'], [0, 30, 'a', 'bob'], [0, 40, 'b', 'bob']);
    const whole = { from: 0, to: 100 };
    expect(acknowledgementMs(records, { ...whole, channels: ['a'] }, 1)).toBe(30);
    expect(acknowledgementMs(records, { ...whole, senders: ['ada'] }, 1)).toBe(20);
    expect(acknowledgementMs(records, { ...whole, channels: ['a'], senders: ['ada'] }, 1)).toBe(10);
    expect(acknowledgementMs(records, { ...whole, senders: [] }, 1)).toBeNaN();
  });

  it('silence counts from the beginning of the stretch to its end', () => {
    const records = historyOf([0, 400], [0, 1_000], [0, 1_200]);
    expect(longestSilenceMs(records, { from: 0, to: 1_500 })).toBe(600);
    expect(longestSilenceMs(records, { from: 300, to: 3_000 })).toBe(1_800);
    expect(longestSilenceMs(records, { from: 2_000, to: 3_000 })).toBe(1_000);
  });

  it('promises of which nothing was acknowledged count as broken', () => {
    const whispers = { acknowledged: 0, logged: 0, logs: 0, shown: 0 };
    const counts = { acknowledged: 0, shown: 0, resumes: 0, whispers } as Verdict['counts'];
    const heldBy = (verdict: Verdict) => crowdKept(verdict).map(({ held }) => held);
    expect(promisesKept({ counts, findings: [] }).held).toBe(false);
    expect(heldBy({ counts, findings: [] })).toEqual([false, false]);
    const more = { ...counts, acknowledged: 1 };
    expect(promisesKept({ counts: more, findings: [] }).held).toBe(true);
    expect(heldBy({ counts: more, findings: [] })).toEqual([true, false]);
    const both = { ...more, whispers: { ...counts.whispers, acknowledged: 1 } };
    expect(heldBy({ counts: both, findings: [] })).toEqual([true, true]);
    expect(heldBy({ counts: both, findings: [{ what: 'lost', detail: 'inbox:u: k' }] })).toEqual([
      false,
      false,
    ]);
  });
});
