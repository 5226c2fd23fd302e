/** What a server does with a Valkey, when it is given one. */
import { createHash } from 'node:crypto';
import { PublishedQueue } from '../cache/valkey/published-queue.ts';
import { ValkeyLink } from '../cache/valkey/valkey-link.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createValkeyMetrics } from '../observability/valkey-metrics.ts';
import { PUBLISHED_PREFIX } from '../protocol/published-event.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';
import type { Supervisor } from '../threads/supervisor.ts';
import { channelPublish } from './shards.ts';

/** What it needs of the rest. */
export interface ValkeySurroundings {
  readonly url: string;
  readonly shards: number;
  readonly supervisor: Supervisor;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** In use, until stopped. */
export interface UsedValkey {
  stop(): void;
}

/** Begins to connect, and to take what other programs publish. */
export function useValkey({ url, shards, supervisor, metrics, logger }: ValkeySurroundings): UsedValkey {
  const figures = createValkeyMetrics(metrics, {
    isUp: () => link.isUp,
    waiting: () => queue.depth,
  });
  const link = new ValkeyLink({ url, logger, recorder: figures, random: () => Math.random() });
  const queue = new PublishedQueue({
    deliver: channelPublish(supervisor, shards),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    timers: runtimeTimers(),
    defer: setImmediate,
    count: (outcome) => {
      figures.published(outcome);
    },
    logger,
  });
  link.listen(`${PUBLISHED_PREFIX}*`, (channel, message) => {
    queue.take(channel, message);
  });
  return {
    stop: () => {
      link.close();
      queue.close();
    },
  };
}
