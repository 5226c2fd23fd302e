import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../bench/load/main.ts';
import { deliveriesPerCpuSecond, markdownTable, median } from '../../bench/report.ts';
import type { Round } from '../../bench/round.ts';

function round(change: Partial<LoadResult> = {}, isVoid = false): Round {
  return {
    void: isVoid,
    result: {
      event: 'result',
      delivered: 1_000,
      expected: 1_000,
      overdelivered: 0,
      unseen: 0,
      brokenConnections: 0,
      elapsedMs: 100,
      p50Ms: 1,
      p99Ms: 2,
      serverCpu: 1,
      postgresCpu: null,
      loadCpuShare: 0.5,
      ...change,
    },
  };
}

describe('the bench table', () => {
  it('[BENCH-4] shows medians and their ratio to the yardstick', () => {
    const table = markdownTable(
      [
        {
          scenario: 'room',
          peer: 'ours',
          rounds: [round({ serverCpu: 0.5 }), round({ serverCpu: 0.25 }), round({ serverCpu: 1 })],
        },
        { scenario: 'room', peer: 'bare', rounds: [round()] },
      ],
      'bare',
    );
    expect(table.split('\n')[2]).toContain('| room | ours | 2,000 | 2.00 × |');
    expect(table.split('\n')[3]).toContain('| room | bare | 1,000 | 1.00 × |');
  });

  it('[BENCH-5] leaves void rounds out of the figures and says so', () => {
    const rounds = [round(), round({ delivered: 9_000, loadCpuShare: 0.95 }, true)];
    expect(deliveriesPerCpuSecond({ scenario: 's', peer: 'p', rounds })).toBe(1_000);
    expect(markdownTable([{ scenario: 's', peer: 'p', rounds }], 'p')).toContain('| 2, 1 void |');
    const allVoid = markdownTable([{ scenario: 's', peer: 'p', rounds: [round({}, true)] }], 'p');
    expect(allVoid).toContain('| s | p | void | – |');
  });

  it('[BENCH-4] never rounds a loss up to everything, and names what went wrong', () => {
    const rounds = [
      round({ delivered: 999_999, expected: 1_000_000, overdelivered: 3, unseen: 4, brokenConnections: 2 }),
    ];
    const table = markdownTable([{ scenario: 's', peer: 'p', rounds }], 'p');
    expect(table).toContain('| 99.9 % |');
    expect(table).toContain('1, 2 connections broke, 4 messages reached nobody, 3 messages came too often');
  });

  it('[BENCH-4] takes the middle, or the mean of the two in the middle', () => {
    expect([median([]), median([3]), median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([null, 3, 3, 2.5]);
  });
});
