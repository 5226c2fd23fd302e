import { describe, expect, it } from 'vitest';
import { tooFewFiles } from '../../bench/open-files.ts';
import { cpuSeconds, parseStat, processCpuSeconds } from '../../bench/process-cpu.ts';
import { parseResidentBytes, residentBytes } from '../../bench/process-memory.ts';
import { parseMetrics, since, stormFigures } from '../../bench/server-metrics.ts';
import { threadCpus, threadCpuUse } from '../../bench/thread-cpu.ts';
import { Worker } from 'node:worker_threads';

const METRICS = `# HELP hubbub_ring_hits_total Joins
# TYPE hubbub_ring_hits_total counter
hubbub_ring_hits_total{thread="shard-0"} 10
hubbub_ring_hits_total{thread="shard-1"} 5
hubbub_ring_misses_total{thread="shard-0"} 0
hubbub_event_loop_lag_seconds{thread="main",quantile="0.99"} 0.9
hubbub_event_loop_lag_seconds{thread="main",quantile="1"} 0.025
hubbub_event_loop_lag_seconds{thread="gateway-0",quantile="1"} 0.031
hubbub_event_loop_lag_seconds{thread="shard-0",quantile="1"} 0.5
hubbub_up 1
odd_label{what="a \\"b\\", c"} +Inf
`;

describe("a server's own figures", () => {
  it('[BENCH-17] are read with their labels', () => {
    expect(parseMetrics(METRICS).at(-1)).toEqual({
      name: 'odd_label',
      labels: { what: 'a \\"b\\", c' },
      value: Infinity,
    });
    expect(stormFigures(parseMetrics(METRICS))).toEqual({
      longestStallMs: 31,
      ringHits: 15,
      ringMisses: 0,
      shardRestarts: 0,
    });
  });

  it('[BENCH-17] that are missing are no zeros', () => {
    for (const name of [
      'hubbub_ring_hits_total',
      'hubbub_ring_misses_total',
      'hubbub_event_loop_lag_seconds',
    ]) {
      const samples = parseMetrics(METRICS).filter((sample) => sample.name !== name);
      expect(() => stormFigures(samples)).toThrow('/metrics tells no');
    }
  });

  it('[BENCH-17] begin anew with a shard that was replaced', () => {
    const before = { longestStallMs: 900, ringHits: 100, ringMisses: 7, shardRestarts: 1 };
    expect(since(before, { ...before, longestStallMs: 5, ringHits: 130 })).toEqual({
      longestStallMs: 5,
      ringHits: 30,
      ringMisses: 0,
      shardRestarts: 0,
    });
    expect(since(before, { longestStallMs: 5, ringHits: 20, ringMisses: 9, shardRestarts: 2 })).toEqual({
      longestStallMs: 5,
      ringHits: 20,
      ringMisses: 9,
      shardRestarts: 1,
    });
  });
});

describe('what the kernel tells of a process', () => {
  it('[BENCH-16] is read past names with blanks and parentheses', () => {
    const stat = parseStat(`7 (a (b) c) R 1 2 3 4 5 6 7 8 9 10 150 50 30 20 0`);
    expect(stat.name).toBe('a (b) c');
    expect(cpuSeconds(stat)).toBe(2);
    expect(parseResidentBytes('Name:\tx\nVmHWM:\t 9 kB\nVmRSS:\t   2048 kB\n')).toBe(2_097_152);
    expect(() => parseResidentBytes('Name:\tx\n')).toThrow('VmRSS');
    expect(residentBytes(process.pid)).toBeGreaterThan(10_000_000);
    expect(processCpuSeconds(2 ** 30)).toBe(0);
  });

  it('[BENCH-16] tells threads apart by what workers are named', async () => {
    const spin =
      'const end = Date.now() + 150; while (Date.now() < end); require("worker_threads").parentPort.postMessage(1); setInterval(() => {}, 1e3)';
    const before = threadCpus(process.pid);
    const workers = ['shard-3', 'gateway-1', 'jobs'].map((name) => new Worker(spin, { eval: true, name }));
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
    const use = threadCpuUse(before, threadCpus(process.pid));
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(Object.keys(use)).toEqual(expect.arrayContaining(['main', 'shard-3', 'gateway-1', 'other']));
    expect(use['shard-3']).toBeGreaterThan(0);
    expect(use['gateway-1']).toBeGreaterThan(0);
    expect(threadCpus(2 ** 30).size).toBe(0);
  });

  it('[BENCH-16] counts a thread that is new from zero, and one that ended not at all', () => {
    const before = new Map([
      [1, { name: 'main', seconds: 2 }],
      [2, { name: 'shard-0', seconds: 5 }],
    ]);
    const after = new Map([
      [1, { name: 'main', seconds: 2.5 }],
      [3, { name: 'shard-0', seconds: 0.5 }],
      [4, { name: 'other', seconds: 0.25 }],
      [5, { name: 'other', seconds: 0.25 }],
    ]);
    expect(threadCpuUse(before, after)).toEqual({ main: 0.5, 'shard-0': 0.5, other: 0.5 });
  });

  it('[BENCH-20] says when a machine allows too few connections', () => {
    const limits = (hard: string): string =>
      `Limit  Soft  Hard  Units\nMax open files   1024   ${hard}   files\n`;
    expect(tooFewFiles(15_000, limits('20000'))).toBeNull();
    expect(tooFewFiles(15_000, limits('15499'))).toContain('needs 15500');
    expect(tooFewFiles(15_000, limits('unlimited'))).toBeNull();
  });
});
