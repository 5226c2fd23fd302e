/** Starts the shards under their supervisor, and gives HTTP its way to ask them. */
import type { ShardControl as HttpShardControl } from '../admin/ports/shard-control.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { type Metrics, tellCrashLoops } from '../observability/metrics.ts';
import type { AutomodRules } from '../protocol/automod-rules.ts';
import type { PublishedEvent, PublishedOutcome } from '../protocol/published-event.ts';
import { failure } from '../protocol/errors.ts';
import type { ChannelFloor } from '../protocol/retention.ts';
import { MAX_LISTED_MEMBERS } from '../protocol/limits.ts';
import { fail, ok } from '../protocol/result.ts';
import { heapLimitMb } from '../threads/heap-limit.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ChannelPurge } from '../threads/shard-control.ts';
import { ShardThread } from '../threads/shard-thread.ts';
import type { ShardWorkerData } from '../threads/shard-worker-data.ts';
import { Supervisor, type SupervisorOptions } from '../threads/supervisor.ts';
import type { TellShards } from './automod-feed.ts';
import { chatPolicy } from './chat-policy.ts';
import type { Tracing } from './tracing.ts';

/** What a shard's thread runs. */
export const SHARD_ENTRY = new URL('../../workers/shard.ts', import.meta.url);
const RETRY_AFTER_MS = 1_000;

/** What shards need to know of their process. */
export interface ShardSurroundings {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly processId: string;
  /** The id is the database's. */
  readonly server: { readonly id: string };
  readonly shardEntry: URL;
  /** Where shards say whether they can write. */
  readonly writeSigns: SharedArrayBuffer;
  /** By which messages are judged, at this moment. */
  readonly automod: { readonly rules: AutomodRules };
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Null: nothing is recorded. */
  readonly tracing: Tracing | null;
}

/** A supervisor of the shards and of these gateways that isn't started yet. */
export function buildSupervisor(
  around: ShardSurroundings,
  gateways: Pick<SupervisorOptions, 'gateways' | 'gatewayThreads'>,
): Supervisor {
  const { config } = around;
  const heapMb = heapLimitMb(config.shards + config.gateways);
  const common: Omit<ShardWorkerData, 'index' | 'incarnation' | 'life' | 'automod' | 'tracing'> = {
    shards: config.shards,
    writeSigns: around.writeSigns,
    databaseUrl: around.databaseUrl,
    serverId: around.processId,
    databaseId: around.server.id,
    valkeyUrl: config.valkeyUrl,
    policy: chatPolicy(config),
    logLevel: config.logLevel,
  };
  const supervisor = new Supervisor({
    shards: config.shards,
    ...gateways,
    spawn: (index, incarnation, life) => {
      const data: ShardWorkerData = {
        ...{ ...common, index, incarnation, life, automod: around.automod.rules },
        ...(around.tracing === null ? {} : { tracing: around.tracing.forWorker() }),
      };
      return new ShardThread(around.shardEntry, data, heapMb);
    },
    logger: around.logger,
    restarted: (shard) => {
      around.metrics.shardRestarts.inc({ shard });
    },
  });
  tellCrashLoops(around.metrics, () => supervisor.crashLoops);
  return supervisor;
}

/** Tells each shard that is up and doesn't have these rules yet. */
export function tellAutomod(supervisor: Supervisor, shards: number): TellShards {
  /** By the control plane of a thread, so that a replacement is told anew. */
  const told = new WeakMap<object, number>();
  return async (rules) => {
    await Promise.all(
      Array.from({ length: shards }, async (_, shard) => {
        const control = supervisor.control(shard);
        if (control === null || told.get(control) === rules.version) return;
        await control.setAutomod(rules).then(
          () => told.set(control, rules.version),
          () => undefined,
        );
      }),
    );
  };
}

/** HTTP's questions to shards; none of them rejects. */
export function httpShardControl(
  supervisor: Supervisor,
  shards: number,
  tracing: Pick<Tracing, 'current'> | null = null,
): HttpShardControl {
  const owner = (channelId: string): ReturnType<Supervisor['control']> =>
    supervisor.control(shardOf(`channel:${channelId}`, shards));
  return {
    presence: async (channelId) => {
      const away = fail(
        failure('unavailable', 'this channel is on its way to another thread', RETRY_AFTER_MS),
      );
      const control = owner(channelId);
      if (control === null) return away;
      return control.presence(channelId, MAX_LISTED_MEMBERS).then(ok, () => away);
    },
    channelCreated: async ({ id }) => {
      // A shard that is being replaced reads the record when it loads the channel.
      await owner(id)
        ?.channelCreated(id)
        .catch(() => undefined);
    },
    request: async (channelId, user, type, data) => {
      const control = owner(channelId);
      const away = fail(failure('unavailable', 'The outcome of this is not known.', RETRY_AFTER_MS));
      if (control === null) return away;
      return control.request(channelId, user, type, data, tracing?.current()).catch(() => away);
    },
    inboxRequest: async (user, type, data) => {
      const control = supervisor.control(shardOf(`inbox:${user.id}`, shards));
      const away = fail(failure('unavailable', 'The outcome of this is not known.', RETRY_AFTER_MS));
      if (control === null) return away;
      return control.inboxRequest(user, type, data, tracing?.current()).catch(() => away);
    },
    counts: async () => {
      const counts = new Map<string, number>();
      for (let shard = 0; shard < shards; shard += 1) {
        const told = await supervisor
          .control(shard)
          ?.counts()
          .catch(() => null);
        if (told == null)
          return fail(failure('unavailable', 'Not every thread tells who is there.', RETRY_AFTER_MS));
        for (const [channelId, count] of told) counts.set(channelId, count);
      }
      return ok(counts);
    },
    tell: async (userId, frame) => {
      await supervisor
        .control(shardOf(`inbox:${userId}`, shards))
        ?.tell(userId, frame)
        .catch(() => undefined);
    },
    stats: async (_timeoutMs, isScrape = true) =>
      Promise.all(
        Array.from({ length: shards }, async (_, shard) => {
          const stats = await supervisor
            .control(shard)
            ?.stats(isScrape)
            .catch(() => null);
          return { shard, stats: stats ?? null };
        }),
      ),
  };
}

/** Hands what another program published to where the channel is owned; null when that didn't answer. Never rejects. */
export function channelPublish(supervisor: Supervisor, shards: number) {
  return async (
    channelId: string,
    events: readonly PublishedEvent[],
  ): Promise<readonly PublishedOutcome[] | null> => {
    const control = supervisor.control(shardOf(`channel:${channelId}`, shards));
    return control === null ? null : control.publish(channelId, events).catch(() => null);
  };
}

/** Lets every shard go of what it holds in memory; whether all did. Never rejects. */
export function shardsForget(supervisor: Supervisor, shards: number) {
  return async (): Promise<boolean> => {
    const told = await Promise.all(
      Array.from({ length: shards }, async (_, shard) =>
        // One that is being replaced holds nothing.
        (supervisor.control(shard)?.forget() ?? Promise.resolve(true)).catch(() => false),
      ),
    );
    return !told.includes(false);
  };
}

/** Tells shards of floors that moved; whether those that are up know all of them: one that is being replaced reads them. Never rejects. */
export function shardFloors(supervisor: Supervisor, shards: number) {
  return async (floors: readonly ChannelFloor[]): Promise<boolean> => {
    const byShard = Map.groupBy(floors, ({ channelId }) => shardOf(`channel:${channelId}`, shards));
    const told = await Promise.all(
      [...byShard].map(async ([shard, those]) =>
        (supervisor.control(shard)?.floorsMoved(those) ?? Promise.resolve()).then(
          () => true,
          () => false,
        ),
      ),
    );
    return !told.includes(false);
  };
}

/** Deletes what a user sent in a channel, where that is owned; whether all of it is done. Never rejects. */
export function channelPurge(supervisor: Supervisor, shards: number) {
  return async (channelId: string, order: ChannelPurge): Promise<boolean> => {
    const control = supervisor.control(shardOf(`channel:${channelId}`, shards));
    if (control === null) return false;
    const problem = await control.purge(channelId, order).catch(() => undefined);
    return problem === null;
  };
}
