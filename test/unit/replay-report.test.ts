import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../bench/load/latency-histogram.ts';
import { loadSources } from '../../bench/replay/load-sources.ts';
import { ProgressBar, progressLine } from '../../bench/replay/progress-bar.ts';
import { isExact, type ReplayedLog, type ReplayReport } from '../../bench/replay/replay.ts';
import { reportText } from '../../bench/replay/report-text.ts';

const file = (name: string) => fileURLToPath(new URL(`../fixtures/irc/${name}`, import.meta.url));

function report(change: Partial<ReplayedLog> = {}): ReplayReport {
  const latency = new LatencyHistogram();
  latency.record(2_000);
  const log: ReplayedLog = {
    title: 'a.txt',
    channelId: 'p-a',
    lines: 12,
    sent: 10,
    counted: new Map([['join', 2]]),
    refusals: [],
    differences: [],
    liveDifferences: [],
    ...change,
  };
  return {
    logs: [log],
    speakers: 3,
    renamed: ['ada → ada-x'],
    elapsedMs: 500,
    ackLatency: latency,
    deliveryLatency: latency,
  };
}

describe('the report of a replay', () => {
  it('[REPLAY-7] tells counts, rates, latencies, new names and the verdict', () => {
    const text = reportText(report());
    expect(text).toContain('a.txt → p-a: 12 lines, 10 sent, 2 join');
    expect(text).toContain('10 messages of 12 lines in 0.5 s: 20 messages/s');
    expect(text).toContain('ack: p50 2.0 ms, p95 2.0 ms, p99 2.0 ms (1)');
    expect(text).toContain('1 got another name than they asked for: ada → ada-x');
    expect(text).toContain('exact: every line is there');
  });

  it('[REPLAY-7] is not exact with a refusal or a difference, and shows the first of them', () => {
    const lost = (lineNumber: number) => ({ what: 'lost' as const, detail: `line ${lineNumber} is missing` });
    const differences = [1, 2, 3, 4, 5, 6, 7].map(lost);
    for (const change of [
      { differences },
      { liveDifferences: differences },
      { refusals: ['line 1: muted, no'] },
    ]) {
      expect(isExact(report(change))).toBe(false);
      expect(reportText(report(change))).toContain('NOT exact');
    }
    const text = reportText(report({ differences }));
    expect(text).toContain('history: lost: line 5 is missing');
    expect(text).not.toContain('line 6');
    expect(text).toContain('history: and 2 more');
  });

  it('[REPLAY-7] shows progress on a terminal only', () => {
    expect(progressLine('playing', 1, 4)).toMatch(/^playing \[#{7} {23}\] 25 % 1\/4$/);
    const written: string[] = [];
    const stream = (isTTY: boolean) =>
      ({ isTTY, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;
    const silent = new ProgressBar(stream(false));
    silent.show('playing', 4, 4, 0);
    silent.clear();
    expect(written).toEqual([]);
    const bar = new ProgressBar(stream(true));
    for (const now of [0, 10, 20, 150]) bar.show('playing', 1, 4, now);
    expect(written).toHaveLength(2);
  });

  it('[REPLAY-6] gives every file a channel of its own, with an id that the contract takes', async () => {
    const name = 'ubuntu-2004-11-15_03.txt';
    const sources = await loadSources([file(name), file(name)], 'p:');
    expect(sources.map(({ channelId }) => channelId)).toEqual([
      'p:ubuntu-2004-11-15_03',
      'p:ubuntu-2004-11-15_03-2',
    ]);
    const [long, second] = await loadSources([file(name), file(name)], 'p'.repeat(60));
    expect([long!.channelId.length, second!.channelId.length]).toEqual([64, 64]);
    expect(second!.channelId).not.toBe(long!.channelId);
  });
});
