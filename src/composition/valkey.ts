/** What a server does with a Valkey, when it is given one. */
import type { SharedRateLimiter } from '../cache/shared-rate-limiter.ts';
import type { RateLimiter } from '../cache/rate-limiter.ts';
import { ChangeHints } from '../cache/valkey/change-hints.ts';
import { NodeRateLimiter } from '../cache/valkey/node-rate-limiter.ts';
import { PublishedQueue } from '../cache/valkey/published-queue.ts';
import { takeInValkey } from '../cache/valkey/rate-script.ts';
import { ValkeyLink, type ValkeyRecorder } from '../cache/valkey/valkey-link.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createValkeyMetrics, type ValkeyMetrics } from '../observability/valkey-metrics.ts';
import { PUBLISHED_PREFIX } from '../protocol/published-event.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import type { Supervisor } from '../threads/supervisor.ts';
import { channelPublish } from './shards.ts';

/** What a thread needs to use it. */
export interface ValkeyUse {
  readonly url: string;
  /** The id of the database's server: several may share one Valkey. */
  readonly serverId: string;
  /** Another one for each thread of each process. */
  readonly thread: string;
  /** What counts for this process. */
  readonly rates: SharedRateLimiter;
  readonly recorder: ValkeyRecorder;
  readonly logger: Logger;
}

/** A thread's connection, and what goes over it. */
export interface UsedValkey {
  readonly link: ValkeyLink;
  /** `rates` with what other servers let through. */
  readonly limiter: RateLimiter;
  readonly hints: ChangeHints;
  close(): void;
}

/** Begins to connect; nothing waits for that. */
export function useValkey({ url, serverId, thread, rates, recorder, logger }: ValkeyUse): UsedValkey {
  const link = new ValkeyLink({ url, logger, recorder, random: () => Math.random() });
  const prefix = `hubbub:${serverId}:`;
  const limiter = new NodeRateLimiter({
    local: rates,
    take: (taken) => takeInValkey(link, `${prefix}rate:`, taken),
    timers: runtimeTimers(),
  });
  return {
    link,
    limiter,
    hints: new ChangeHints({ link, channel: `${prefix}changed`, self: thread }),
    close: () => {
      limiter.close();
      link.close();
    },
  };
}

/** The same on main, where figures tell of it; null where there is none to be used. */
export function useValkeyOnMain(
  use: Omit<ValkeyUse, 'url' | 'recorder'> & { readonly url: string | undefined },
  metrics: Metrics,
): (UsedValkey & { readonly figures: ValkeyMetrics }) | null {
  const { url } = use;
  if (url === undefined) return null;
  const figures = createValkeyMetrics(metrics, () => used.link.isUp);
  const used = useValkey({ ...use, url, recorder: figures });
  return { ...used, figures };
}

/** What published events need of the rest. */
export interface PublishedSurroundings {
  readonly link: ValkeyLink;
  readonly figures: ValkeyMetrics;
  readonly shards: number;
  readonly supervisor: Supervisor;
  readonly logger: Logger;
}

/** Begins to take what other programs publish. */
export function takePublished(around: PublishedSurroundings): PublishedQueue {
  const { link, figures, shards, supervisor, logger } = around;
  const queue = new PublishedQueue({
    deliver: channelPublish(supervisor, shards),
    timers: runtimeTimers(),
    defer: setImmediate,
    count: (outcome) => {
      figures.published(outcome);
    },
    logger,
  });
  figures.tellWaiting(() => queue.depth);
  link.listen(`${PUBLISHED_PREFIX}*`, (channel, message) => {
    queue.take(channel, message);
  });
  return queue;
}
