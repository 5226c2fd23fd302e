import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedRanges, MessageLogLayout } from '../../web/src/components/message-log-layout.ts';
import {
  EMPTY_TIMELINE,
  trimmed,
  withNewer,
  withOlder,
  withOutgoing,
  type Timeline,
} from '../../web/src/state/timeline.ts';
import type { LogEvent } from '../../src/protocol/events.ts';

const SELF = { id: 'ada', name: 'ada' };

const range = (from: number, to: number): LogEvent[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => ({
    type: 'message:created',
    channelId: 'c',
    seq: from + index,
    timestamp: (from + index) * 60_000,
    data: {
      id: `m${from + index}`,
      content: 'word '.repeat((from + index) % 50),
      author: { id: 'bob', name: 'bob' },
    },
  }));

/** What may happen to a log, and to the heights of its rows. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('newer'), count: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('older'), count: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ kind: fc.constant('trim'), count: fc.constant(0) }),
  fc.record({ kind: fc.constant('write'), count: fc.constant(1) }),
  fc.record({ kind: fc.constant('measure'), count: fc.integer({ min: 1, max: 400 }) }),
);

function changed(timeline: Timeline, kind: string, count: number): Timeline {
  const { newestSeq, oldestSeq } = timeline;
  if (kind === 'newer') return withNewer(timeline, range(newestSeq + 1, newestSeq + count));
  if (kind === 'older')
    return withOlder(timeline, range(Math.max(1, oldestSeq - count), oldestSeq - 1), true);
  if (kind === 'trim') return trimmed(timeline);
  if (kind === 'write') return withOutgoing(timeline, `own ${timeline.outgoing.length}`, 'mine', 0);
  return timeline;
}

describe('the layout of a log', () => {
  it('[PAGE-21] knows where each row stands after whatever happened, as one that adds all heights up would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const layout = new MessageLogLayout();
        let timeline = withNewer(EMPTY_TIMELINE, range(5_001, 5_050));
        const real = new Map<number | string, number>();
        for (const { kind, count } of steps) {
          timeline = changed(timeline, kind, count);
          layout.update(timeline, SELF);
          const rows = layout.rowsOf({ first: 0, last: layout.count - 1 });
          if (kind === 'measure')
            for (let n = 0; n < count; n += 1) {
              const { key } = rows[(n * 37) % rows.length]!;
              real.set(key, 20 + ((n * 13) % 300) + 0.25);
            }
          layout.measure(real);
        }
        layout.update(timeline, SELF);
        const rows = layout.rowsOf({ first: 0, last: layout.count - 1 });
        expect(rows.map((row) => row.key)).toEqual([
          ...timeline.messages.list.flat().map(({ seq }) => seq),
          ...timeline.outgoing.map(({ clientMessageId }) => clientMessageId),
        ]);
        let top = 0;
        for (const [index, row] of rows.entries()) {
          expect(layout.indexOf(row.key)).toBe(index);
          expect(layout.topOf(index)).toBeCloseTo(top, 6);
          const height = layout.topOf(index + 1) - layout.topOf(index);
          if (real.has(row.key)) expect(height).toBeCloseTo(real.get(row.key)!, 6);
          expect(layout.indexAt(top + height / 2)).toBe(index);
          top += height;
        }
        expect(layout.height).toBeCloseTo(top, 6);
        expect(layout.indexAt(-1)).toBe(0);
        expect(layout.indexAt(top + 1)).toBe(Math.max(0, layout.count - 1));
      }),
      { numRuns: 30 },
    );
  });

  it('[PAGE-21] joins ranges of rows that touch', () => {
    const ranges = [
      { first: 10, last: 20 },
      { first: 3, last: 3 },
      { first: 21, last: 25 },
      { first: 15, last: 16 },
    ];
    expect(mergedRanges(ranges)).toEqual([
      { first: 3, last: 3 },
      { first: 10, last: 25 },
    ]);
  });
});
