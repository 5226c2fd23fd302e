import { describe, expect, it } from 'vitest';
import type { Outcome } from '../chaos/chaos.ts';
import type { Check, Fault } from '../chaos/fault.ts';
import {
  acknowledgementMs,
  longestSilenceMs,
  promisesKept,
  usualAcknowledgementMs,
} from '../chaos/measures.ts';
import { reportText } from '../chaos/report.ts';
import { checkHistory } from '../verify/check-history.ts';
import type { HistoryRecord } from '../verify/history-record.ts';

const outcome = (name: string, checks: readonly Check[]): Outcome => {
  const fault: Fault = { name, what: `does ${name}`, run: () => Promise.resolve(checks) };
  return { fault, checks, ms: 1_500 };
};

/** Messages that were sent at such times, and acknowledged so much later, ms. */
function sent(messages: readonly (readonly [at: number, ms: number])[]): HistoryRecord[] {
  return messages
    .flatMap(([at, ms], operation): HistoryRecord[] => [
      {
        ...{ type: 'invoked', at, operation, channelId: 'c', sender: 's', authorId: 'a' },
        ...{ clientMessageId: String(operation), content: 'x' },
      },
      { type: 'ok', at: at + ms, operation, id: String(operation), seq: operation + 1, duplicate: false },
    ])
    .sort((a, b) => a.at - b.at);
}

describe('the report of a chaos run', () => {
  it('[CHAOS-1] has a row for each check, names a fault once, and keeps text from breaking the table', () => {
    const text = reportText(
      [
        outcome('flood', [
          { what: 'dense', measured: '3 | 4\nlines', held: true },
          { what: 'quick', measured: '9 s', held: false },
        ]),
        outcome('fire', [{ what: 'out', measured: '1 s', held: true }]),
      ],
      7,
    );
    const lines = text.split('\n');
    expect(lines.slice(2, 5)).toEqual([
      '| does flood (`flood`) | dense | 3 \\| 4<br>lines | held |',
      '|  | quick | 9 s | BROKEN |',
      '| does fire (`fire`) | out | 1 s | held |',
    ]);
    expect(text.endsWith('\n\nBROKEN: flood; seed 7, 3 s\n')).toBe(true);
  });

  it('[CHAOS-3] a fault without a check did not hold', () => {
    expect(reportText([outcome('nothing', [])], 7)).toContain('BROKEN: nothing; seed 7');
  });
});

describe('latencies of a history', () => {
  it('[CHAOS-1] are those of what was acknowledged in the stretch', () => {
    const records = sent([
      [0, 10],
      [100, 20],
      [200, 900],
    ]);
    expect(acknowledgementMs(records, { from: 0, to: 1_000 }, 0.5)).toBe(20);
    expect(acknowledgementMs(records, { from: 0, to: 1_200 }, 0.99)).toBe(900);
    expect(acknowledgementMs(records, { from: 0, to: 1_200, channels: ['d'] }, 0.5)).toBeNaN();
    expect(longestSilenceMs(records, { from: 0, to: 1_200 })).toBe(980);
  });

  it('[CHAOS-1] as usual: one bad moment of several is left out, and of a short stretch nothing is', () => {
    const quiet = Array.from({ length: 110 }, (_, n) => [n * 100, 10] as const);
    const records = sent([...quiet, [5_000, 700]]);
    expect(usualAcknowledgementMs(records, { from: 0, to: 12_000 }, 1)).toBe(10);
    expect(usualAcknowledgementMs(records, { from: 4_000, to: 8_000 }, 1)).toBe(700);
    expect(usualAcknowledgementMs(records, { from: 0, to: 8_000 }, 1)).toBe(355);
    expect(usualAcknowledgementMs(records, { from: 5_000, to: 5_900 }, 1)).toBe(700);
  });
});

describe('promises as a check', () => {
  it('[CHAOS-4] hold where nothing was found and something was acknowledged', () => {
    const page: HistoryRecord = {
      ...{ type: 'page', at: 30, channelId: 'c' },
      events: [{ seq: 1, id: '0', authorId: 'a', clientMessageId: '0', content: 'x', timestamp: 1 }],
    };
    const kept = promisesKept(checkHistory([...sent([[0, 10]]), page]));
    expect(kept).toMatchObject({ held: true, measured: '1 acknowledged, 0 shown, 0 resumes' });
    expect(promisesKept(checkHistory([])).held).toBe(false);
    const lost = promisesKept(checkHistory([...sent([[0, 10]]), { ...page, events: [] }]));
    expect(lost.held).toBe(false);
    expect(lost.measured).toContain('lost');
  });
});
