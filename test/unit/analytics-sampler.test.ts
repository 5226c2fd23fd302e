import { describe, expect, it } from 'vitest';
import { AnalyticsSampler } from '../../src/admin/analytics/analytics-sampler.ts';
import { momentOf, quantile } from '../../src/admin/analytics/moment.ts';
import type { AnalyticsMoment, AnalyticsPoint } from '../../src/protocol/analytics.ts';
import { ShardFigures, type ShardStats } from '../../src/threads/shard-stats.ts';
import { FakeTimers } from '../support/fake-timers.ts';

const LEVELS = {
  ...{ actors: 3, inboxes: 0, inboxesAwake: 0, connections: 2, mailboxDepth: 4, heldEntries: 1, ringSize: 0 },
};
const THREAD = {
  loopLag: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
  memory: { heapBytes: 0, externalBytes: 0 },
  load: 0.25,
};

function shardStats(act: (figures: ShardFigures) => void): ShardStats {
  const figures = new ShardFigures(() => undefined);
  act(figures);
  return figures.stats(LEVELS, THREAD);
}

function gateway(framesOut: number) {
  const levels = {
    ...{ socketBacklogBytes: 7, slowSockets: 1, sessionsDropped: 0 },
    ...{ loopLag: THREAD.loopLag, memory: THREAD.memory },
  };
  const totals = {
    connections: 5,
    messagesIn: { ping: 2 },
    messagesOut: { event: framesOut },
    closes: {},
    decisions: {},
  };
  return { thread: null, totals, levels };
}

const reading = (mono: number, stats: ShardStats | null, framesOut = 0) => ({
  ...{ at: 1_000 + mono, mono, gateways: [gateway(framesOut)], shards: [{ shard: 0, stats }] },
  loopLagP99Ms: 3,
});

describe('the figures of a second', () => {
  it('[DASH-14] are rates, percentiles of its commits, and levels', () => {
    const before = shardStats((figures) => {
      figures.request('message:send');
      figures.committed(1, 900);
    });
    const now = shardStats((figures) => {
      for (let n = 0; n < 11; n += 1) figures.request('message:send');
      figures.request('typing:start');
      figures.refused('muted');
      figures.committed(1, 900);
      for (let n = 0; n < 10; n += 1) figures.committed(1, 4);
    });
    const moment = momentOf(reading(0, before), reading(2_000, now, 40));
    expect(moment.point).toEqual({
      ...{ at: 3_000, connections: 5, messages: 5, framesIn: 0, framesOut: 20, errors: 0.5 },
      ...{ commitP50Ms: 3.5, commitP99Ms: 4.97, loopLagP99Ms: 3 },
    });
    expect(moment.shards).toEqual([
      { shard: 0, answers: true, load: 0.25, requests: 5.5, mailbox: 4, held: 1, channels: 3 },
    ]);
    expect(moment.gateways).toEqual([
      { gateway: 'main', answers: true, connections: 5, backlogBytes: 7, slowSockets: 1 },
    ]);
    expect(moment.errorsByCode).toEqual({ muted: 0.5 });
  });

  it('[DASH-14] tell a shard that doesn’t answer, and count one that began anew from there', () => {
    const before = shardStats((figures) => {
      for (let n = 0; n < 9; n += 1) figures.request('message:send');
    });
    const anew = shardStats((figures) => {
      figures.request('message:send');
    });
    expect(momentOf(reading(0, before), reading(1_000, null)).shards).toMatchObject([
      { answers: false, requests: 0 },
    ]);
    expect(momentOf(reading(0, before), reading(1_000, anew)).point.messages).toBe(1);
    // What was counted while nobody looked is not of this second.
    expect(momentOf(reading(0, null), reading(1_000, before)).point.messages).toBe(0);
    expect(quantile({ bounds: [1], counts: [0, 5], sum: 0 }, 0.5)).toBe(1);
    expect(quantile({ bounds: [1], counts: [0, 0], sum: 0 }, 0.5)).toBeNull();
  });
});

describe('reading figures', () => {
  it('[DASH-15] [DASH-13] is done while somebody watches; gateways are told what they don’t know', async () => {
    const timers = new FakeTimers();
    const watchers = [0, 0];
    const told: { gateway: number; moment: AnalyticsMoment; history: readonly AnalyticsPoint[] | null }[] =
      [];
    const calls = { reads: 0, loops: 0 };
    const sampler = new AnalyticsSampler({
      audience: {
        watchers: () => watchers,
        tell: (gateway_, moment, history) => told.push({ gateway: gateway_, moment, history }),
      },
      gateways: async () => [],
      shards: async () => {
        calls.reads += 1;
        return [];
      },
      measureLoop: () => {
        calls.loops += 1;
        return { read: () => THREAD.loopLag, close: () => (calls.loops -= 1) };
      },
      timers: {
        ...{ now: () => timers.now(), mono: () => timers.now() },
        after: (ms, run) => timers.after(ms, run),
      },
    });
    await timers.advance(10_000);
    expect(calls).toEqual({ reads: 0, loops: 0 });
    watchers[0] = 1;
    await timers.advance(3_000);
    expect(calls).toEqual({ reads: 3, loops: 1 });
    expect(told.map(({ gateway: to, history }) => [to, history?.length ?? null])).toEqual([
      [0, 0],
      [0, null],
    ]);
    watchers[1] = 2;
    await timers.advance(1_000);
    expect(told.slice(2).map(({ gateway: to, history }) => [to, history?.length ?? null])).toEqual([
      [0, null],
      [1, 2],
    ]);
    watchers.fill(0);
    await timers.advance(5_000);
    expect([calls.reads, calls.loops, told.length]).toEqual([4, 0, 4]);
    sampler.stop();
    expect(timers.pending).toBe(0);
  });
});
