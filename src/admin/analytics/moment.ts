/** What happened between two readings of all figures. */
import type { AnalyticsMoment, GatewayLoad, ShardLoad } from '../../protocol/analytics.ts';
import type { HistogramSnapshot } from '../../threads/histogram.ts';
import type { ShardStats } from '../../threads/shard-stats.ts';
import type { GatewayReport } from '../ports/gateway-reports.ts';
import type { ShardReport } from '../ports/shard-control.ts';

/** All figures at one time. */
export interface AnalyticsReading {
  /** ms since the epoch, and ms on a clock that nobody sets. */
  readonly at: number;
  readonly mono: number;
  readonly gateways: readonly GatewayReport[];
  readonly shards: readonly ShardReport[];
  /** Of main, since the last reading. */
  readonly loopLagP99Ms: number;
}

const MS = 1_000;
const SENDS = ['message:send', 'whisper:send'];
const NO_ONE: ShardStats | null = null;

/** Rates are over the time between the two; a shard that began anew meanwhile counts from its beginning. */
export function momentOf(before: AnalyticsReading, now: AnalyticsReading): AnalyticsMoment {
  const seconds = Math.max(1, now.mono - before.mono) / MS;
  const rate = (count: number): number => rounded(count / seconds);
  const pairs = now.shards.map(({ shard, stats }) => ({
    ...{ shard, stats },
    earlier: before.shards.find((other) => other.shard === shard)?.stats ?? NO_ONE,
  }));
  const told = pairs.flatMap(({ stats, earlier }) => (stats === null ? [] : [{ stats, earlier }]));
  const grown = (read: (stats: ShardStats) => number): number =>
    sum(told.map(({ stats, earlier }) => growth(read(stats), earlier === null ? null : read(earlier))));
  const codes = new Set(told.flatMap(({ stats }) => Object.keys(stats.errorsByCode)));
  const errors = [...codes].map((code) => [code, grown((stats) => stats.errorsByCode[code] ?? 0)] as const);
  const commits = addedUp(told.map(({ stats, earlier }) => between(earlier?.commitMs, stats.commitMs)));
  const frames = (read: (report: GatewayReport) => Readonly<Record<string, number>>): number =>
    growth(
      sum(now.gateways.map((report) => sum(Object.values(read(report))))),
      sum(before.gateways.map((report) => sum(Object.values(read(report))))),
    );
  return {
    point: {
      at: now.at,
      connections: sum(now.gateways.map(({ totals }) => totals.connections)),
      messages: rate(sum(SENDS.map((type) => grown((stats) => stats.requestsByType[type] ?? 0)))),
      framesIn: rate(frames(({ totals }) => totals.messagesIn)),
      framesOut: rate(frames(({ totals }) => totals.messagesOut)),
      errors: rate(sum(errors.map(([, count]) => count))),
      commitP50Ms: quantile(commits, 0.5),
      commitP99Ms: quantile(commits, 0.99),
      loopLagP99Ms: rounded(now.loopLagP99Ms),
    },
    shards: pairs.map(({ shard, stats, earlier }) => shardLoad(shard, stats, earlier, rate)),
    gateways: now.gateways.map(gatewayLoad),
    errorsByCode: Object.fromEntries(
      errors.flatMap(([code, count]) => (count === 0 ? [] : [[code, rate(count)]])),
    ),
  };
}

/**
 * The value below which this part of what was counted lies, taken to be spread evenly within a bucket; null: nothing was
 * counted. Beyond the last bound it is that bound.
 */
export function quantile({ bounds, counts }: HistogramSnapshot, part: number): number | null {
  const total = sum(counts);
  if (total === 0) return null;
  const wanted = part * total;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    const upper = bounds[bucket];
    if (upper === undefined) break;
    if (count > 0 && below + count >= wanted) {
      const lower = bounds[bucket - 1] ?? 0;
      return rounded(lower + (upper - lower) * ((wanted - below) / count));
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}

function shardLoad(
  shard: number,
  stats: ShardStats | null,
  earlier: ShardStats | null,
  rate: (count: number) => number,
): ShardLoad {
  if (stats === null) {
    return { shard, answers: false, load: 0, requests: 0, mailbox: 0, held: 0, channels: 0 };
  }
  const requests = ({ requestsByType }: ShardStats): number => sum(Object.values(requestsByType));
  return {
    ...{ shard, answers: true, load: rounded(stats.load) },
    requests: rate(growth(requests(stats), earlier === null ? null : requests(earlier))),
    mailbox: stats.mailboxDepth,
    held: stats.heldEntries,
    channels: stats.actors,
  };
}

function gatewayLoad({ thread, totals, levels }: GatewayReport): GatewayLoad {
  return {
    ...{ gateway: thread ?? 'main', answers: levels !== null, connections: totals.connections },
    backlogBytes: levels?.socketBacklogBytes ?? 0,
    slowSockets: levels?.slowSockets ?? 0,
  };
}

/** What nobody told before is nothing new; a count that fell began anew. */
function growth(now: number, before: number | null): number {
  if (before === null) return 0;
  return now >= before ? now - before : now;
}

function between(before: HistogramSnapshot | undefined, now: HistogramSnapshot): HistogramSnapshot {
  const counts = now.counts.map((count, bucket) => growth(count, before?.counts[bucket] ?? null));
  return { ...now, counts };
}

function addedUp(parts: readonly HistogramSnapshot[]): HistogramSnapshot {
  const [first] = parts;
  const { bounds } = first ?? { bounds: [] };
  const counts = (first?.counts ?? []).map((_, bucket) => sum(parts.map(({ counts: c }) => c[bucket] ?? 0)));
  return { bounds, counts, sum: 0 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Three digits behind the point are more than anybody reads. */
function rounded(value: number): number {
  return Math.round(value * MS) / MS;
}
