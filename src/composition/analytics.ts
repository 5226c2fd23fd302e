/** Figures for whoever watches them live. */
import { AnalyticsSampler } from '../admin/analytics/analytics-sampler.ts';
import { EventLoopLag } from '../threads/event-loop-lag.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import { httpShardControl } from './shards.ts';
import type { SocketSide } from './socket-side.ts';

/** A shard that doesn't tell its figures within so many ms shows as one that doesn't answer. */
const STATS_TIMEOUT_MS = 500;

/** Reads them while somebody watches at one of the gateways. */
export function sampleAnalytics(sockets: SocketSide, shards: number): AnalyticsSampler {
  const control = httpShardControl(sockets.supervisor, shards);
  return new AnalyticsSampler({
    audience: sockets.analytics,
    gateways: () => sockets.reports(false),
    shards: () => control.stats(STATS_TIMEOUT_MS, false),
    measureLoop: () => new EventLoopLag(),
    timers: runtimeTimers(),
  });
}
