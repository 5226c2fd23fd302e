import { describe, expect, it } from 'vitest';
import type { BroadcastResult } from '../../bench/load/broadcast.ts';
import { detailTable, largestColumn, medianColumn } from '../../bench/report/detail-table.ts';
import { median } from '../../bench/report/median.ts';
import { fullPercent, whole } from '../../bench/report/number-text.ts';
import { type Line, ratio, Results } from '../../bench/report/results.ts';
import { type Target, verdict, verdictTable } from '../../bench/report/verdict-table.ts';
import { roomsLine } from '../../bench/scenarios/rooms-scenario.ts';
import { threadFigures } from '../../bench/scenarios/gateways.ts';
import { HOT_ROOM } from '../../bench/scenarios/hot-room.ts';

function result(change: Partial<BroadcastResult> = {}): BroadcastResult {
  return {
    delivered: 1_000,
    expected: 1_000,
    overdelivered: 0,
    unseen: 0,
    brokenConnections: 0,
    elapsedMs: 1_000,
    p50Ms: 1,
    p99Ms: 2,
    serverCpu: 1,
    serverThreads: {},
    postgresCpu: null,
    loadCpu: 0.5,
    ...change,
  };
}

function line(server: string, change: Partial<BroadcastResult> = {}): Line {
  return roomsLine('room', { server }, result(change));
}

const columns = HOT_ROOM[0]!.columns;

describe('the bench tables', () => {
  it('[BENCH-4] show medians and their ratio to the yardstick', () => {
    const rounds = [0.5, 0.25, 1].map((serverCpu) => line('Hubbub', { serverCpu }));
    const table = detailTable(new Results([...rounds, line('bare ws')]), columns).split('\n');
    expect(table[2]).toContain('| room | Hubbub | 2,000 | 2.00 × |');
    expect(table[3]).toContain('| room | bare ws | 1,000 | 1.00 × |');
  });

  it('[BENCH-5] leave void rounds out of the figures and say so', () => {
    const rounds = [line('Hubbub'), line('Hubbub', { delivered: 9_000, loadCpu: 0.95 })];
    const results = new Results(rounds);
    expect(results.median('room', 'Hubbub', 'perCpuSecond')).toBe(1_000);
    expect(detailTable(results, columns)).toContain('| 2, 1 void: the load was the limit |');
    const allVoid = detailTable(new Results(rounds.slice(1)), columns);
    expect(allVoid).toContain('| room | Hubbub | void | void |');
  });

  it('[BENCH-4] never round a loss up to everything, and name what went wrong', () => {
    const lossy = line('Hubbub', {
      delivered: 999_999,
      expected: 1_000_000,
      unseen: 4,
      brokenConnections: 2,
    });
    const doubled = line('Hubbub', { overdelivered: 3 });
    const table = detailTable(new Results([line('Hubbub'), lossy, doubled]), columns);
    expect(table).toContain('| 99.9 % |');
    expect(table).toContain(
      '| 3, 2 connections broke, 4 messages reached nobody, 3 messages came too often |',
    );
  });

  it('[BENCH-19] let the worst round speak for what must not happen', () => {
    const rounds = [0, 7, 0].map((faults): Line => ({ load: 'l', server: 's', figures: { faults } }));
    const table = detailTable(new Results(rounds), [
      largestColumn('worst', 'faults', whole),
      medianColumn('middle', 'faults', whole),
      medianColumn('none', 'other', whole),
    ]);
    expect(table.split('\n')[2]).toBe('| l | s | 7 | 0 | – | 3 |');
  });

  it('[BENCH-4] take the middle, or the mean of the two in the middle', () => {
    expect([median([]), median([3]), median([5, 1, 3]), median([4, 1, 3, 2])]).toEqual([null, 3, 3, 2.5]);
  });
});

describe('what was promised', () => {
  const target: Target = {
    row: 'room',
    figure: 'delivered',
    value: (results) => results.smallest('room', 'Hubbub', 'delivered'),
    text: fullPercent,
    must: { atLeast: 1 },
  };

  it('[BENCH-18] is met by a measured figure within its bound, and by nothing else', () => {
    expect(verdict(10, { atMost: 10 })).toBe('met');
    expect(verdict(10.001, { atMost: 10 })).toBe('missed');
    expect(verdict(6, { atLeast: 6 })).toBe('met');
    expect(verdict(5.999, { atLeast: 6 })).toBe('missed');
    for (const bound of [{ atMost: 0 }, { atLeast: 0 }]) {
      expect(verdict(null, bound)).toBe('not measured');
      expect(verdict(Number.NaN, bound)).toBe('not measured');
    }
  });

  it('[BENCH-18] stands beside what was measured', () => {
    const lossy = new Results([line('Hubbub'), line('Hubbub', { delivered: 999 })]);
    expect(verdictTable(lossy, [target]).split('\n')[2]).toBe(
      '| room | delivered | 99.9 % | ≥ 100 % | missed | – | – |',
    );
    const loadWasLimit = new Results([line('Hubbub', { loadCpu: 1 })]);
    expect(verdictTable(loadWasLimit, [target]).split('\n')[2]).toBe(
      '| room | delivered | – | ≥ 100 % | not measured | – | – |',
    );
  });

  it('[BENCH-18] is not judged by a ratio to what was not measured', () => {
    expect([ratio(1, 2), ratio(null, 2), ratio(1, null), ratio(1, 0)]).toEqual([0.5, null, null, null]);
    for (const { targets } of HOT_ROOM) {
      for (const { value } of targets) expect(value(new Results([]))).toBeNull();
    }
  });

  it('[BENCH-16] can be told of gateway threads by what each of them used', () => {
    const serverThreads = {
      main: 1,
      'gateway-0': 3,
      'gateway-1': 2,
      'shard-0': 0.5,
      'shard-1': 0.5,
      other: 0.1,
    };
    expect(threadFigures({ serverThreads })).toEqual({
      main: 1,
      gateways: 5,
      shards: 1,
      other: 0.1,
      busiest: 0.6,
    });
    expect(threadFigures({ serverThreads: { main: 1 } })).not.toHaveProperty('busiest');
  });
});
