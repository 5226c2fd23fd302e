import { describe, expect, it } from 'vitest';
import { cuts, usuallyPerSecond } from '../chaos/measures.ts';
import type { HistoryRecord } from '../verify/history-record.ts';

/** Messages of one channel, each acknowledged at such a time. */
function acknowledgedAt(times: readonly number[]): HistoryRecord[] {
  return times.flatMap((at, operation): HistoryRecord[] => [
    {
      ...{ type: 'invoked', at: at - 1, operation, channelId: 'c', sender: 's', authorId: 'a' },
      ...{ clientMessageId: String(operation), content: 'x' },
    },
    { type: 'ok', at, operation, id: String(operation), seq: operation + 1, duplicate: false },
  ]);
}

describe('measures of outages', () => {
  it('a usual rate is the median of whole seconds, so that one stall does not count', () => {
    const steady = Array.from({ length: 50 }, (_, n) => 1_000 + n * 100);
    const stalled = steady.filter((at) => at < 3_000 || at >= 4_000);
    expect(usuallyPerSecond(acknowledgedAt(stalled), { from: 1_000, to: 6_000 })).toBe(10);
    expect(usuallyPerSecond(acknowledgedAt([1_000, 1_500, 2_000]), { from: 1_000, to: 3_999 })).toBe(1.5);
    expect(usuallyPerSecond(acknowledgedAt(steady), { from: 1_000, to: 1_900 })).toBeNaN();
  });

  it('cuts are counted, over all clients', () => {
    const records: HistoryRecord[] = [
      ...acknowledgedAt([1]),
      { type: 'cut', at: 2, observer: 'one' },
      { type: 'back', at: 3, observer: 'one' },
      { type: 'cut', at: 4, observer: 'two' },
    ];
    expect(cuts(records)).toBe(2);
  });
});
