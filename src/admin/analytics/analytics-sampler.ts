/**
 * Reads all figures once a second while somebody watches, and tells them to the gateways that whoever watches is at.
 *
 * Idle: it looks every second whether somebody watches, which costs a few reads of memory. Watched: each second it reads,
 * and tells what happened since the reading before, one round after the other, so that what is slow is told more seldom
 * and nothing piles up. When nobody watches any more the last reading is forgotten; the history stays.
 */
import { type AnalyticsMoment, type AnalyticsPoint, MAX_ANALYTICS_POINTS } from '../../protocol/analytics.ts';
import type { DeadlineTimers } from '../../threads/deadline-queue.ts';
import type { EventLoopLag } from '../../threads/event-loop-lag.ts';
import type { GatewayReport } from '../ports/gateway-reports.ts';
import type { ShardReport } from '../ports/shard-control.ts';
import { type AnalyticsReading, momentOf } from './moment.ts';

/** Gateways, as far as somebody watches there. */
export interface AnalyticsAudience {
  /** How many connections watch at each gateway. */
  watchers(): readonly number[];
  /** Tells a gateway; one that ends meanwhile isn't told. `history`: the points before, where it doesn't know them. */
  tell(gateway: number, moment: AnalyticsMoment, history: readonly AnalyticsPoint[] | null): void;
}

/** What the sampler needs. */
export interface AnalyticsSamplerOptions {
  readonly audience: AnalyticsAudience;
  /** Figures of this moment; none of these rejects. */
  readonly gateways: () => Promise<readonly GatewayReport[]>;
  readonly shards: () => Promise<readonly ShardReport[]>;
  /** Measures main's event loop while somebody watches. */
  readonly measureLoop: () => Pick<EventLoopLag, 'read' | 'close'>;
  readonly timers: DeadlineTimers & { now(): number };
}

const ROUND_MS = 1_000;
const HISTORY_MS = MAX_ANALYTICS_POINTS * ROUND_MS;

/** See the head of the file. */
export class AnalyticsSampler {
  readonly #options: AnalyticsSamplerOptions;
  #cancel: (() => void) | null;
  #isOver = false;
  #last: AnalyticsReading | null = null;
  #loop: Pick<EventLoopLag, 'read' | 'close'> | null = null;
  #history: readonly AnalyticsPoint[] = [];
  /** Gateways that know the history, as they were told the moment before. */
  #told = new Set<number>();

  /** Begins at once. */
  constructor(options: AnalyticsSamplerOptions) {
    this.#options = options;
    this.#cancel = this.#later();
  }

  /** Ends it; a round that is under way tells nobody any more. */
  stop(): void {
    this.#isOver = true;
    this.#cancel?.();
    this.#cancel = null;
    this.#forget();
  }

  #later(): () => void {
    return this.#options.timers.after(ROUND_MS, () => void this.#round());
  }

  async #round(): Promise<void> {
    const { audience } = this.#options;
    if (audience.watchers().some((count) => count > 0)) await this.#sample();
    else this.#forget();
    if (!this.#isOver) this.#cancel = this.#later();
  }

  #forget(): void {
    this.#last = null;
    this.#told.clear();
    this.#loop?.close();
    this.#loop = null;
  }

  async #sample(): Promise<void> {
    const { audience, gateways, shards, measureLoop, timers } = this.#options;
    const loop = (this.#loop ??= measureLoop());
    const [gatewayReports, shardReports] = await Promise.all([gateways(), shards()]);
    if (this.#isOver) return;
    const reading: AnalyticsReading = {
      ...{ at: timers.now(), mono: timers.mono(), gateways: gatewayReports, shards: shardReports },
      loopLagP99Ms: loop.read().p99Ms,
    };
    const before = this.#last;
    this.#last = reading;
    if (before === null) return;
    const moment = momentOf(before, reading);
    const told = new Set<number>();
    for (const [gateway, watchers] of audience.watchers().entries()) {
      if (watchers === 0) continue;
      audience.tell(gateway, moment, this.#told.has(gateway) ? null : this.#history);
      told.add(gateway);
    }
    this.#told = told;
    const since = reading.at - HISTORY_MS;
    this.#history = [...this.#history, moment.point]
      .filter(({ at }) => at > since)
      .slice(-MAX_ANALYTICS_POINTS);
  }
}
