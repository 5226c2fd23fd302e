/** What a fault plays on: a server, a way to its PostgreSQL that can be broken, and a crowd that writes down all it sees. */
import { startPostgresProxy, type PostgresProxy } from '../../support/postgres-proxy.ts';
import { shardOf } from '../../../src/threads/shard-of.ts';
import { Crowd, type CrowdOptions } from '../../verify/crowd.ts';
import { HistoryRecorder } from '../../verify/history-recorder.ts';
import type { FaultContext } from '../fault.ts';
import { type ChaosServer, startChaosServer } from './chaos-server.ts';

/** What a fault asks for. */
export interface StageOptions {
  readonly shards: number;
  /** Default 0. */
  readonly gateways?: number;
  /** Channels on each shard. Default 1. */
  readonly channelsPerShard?: number;
  /** Settings beside the raised limits. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the crowd says; see {@link CrowdOptions}. */
  readonly text?: CrowdOptions['text'];
}

/** See the head of the file. */
export interface Stage {
  readonly server: ChaosServer;
  readonly proxy: PostgresProxy;
  /** The URL of the server's database, past the proxy. */
  readonly database: string;
  readonly crowd: Crowd;
  /** Ids of the channels that a shard owns. */
  readonly channelsOf: (shard: number) => readonly string[];
  /** Ms since recording began: what `at` of a record is compared with. */
  readonly now: () => number;
}

/** Sets a stage, plays on it, and takes it down whatever happens. */
export async function onStage<T>(
  context: FaultContext,
  options: StageOptions,
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { postgres, random, seed } = context;
  const { shards, gateways = 0, channelsPerShard = 1, env = {}, text } = options;
  const database = await postgres.createDatabase();
  const proxy = await startPostgresProxy(database);
  try {
    const server = await startChaosServer({
      ...{ SHARDS: String(shards), GATEWAYS: String(gateways), DATABASE_URL: proxy.connectionString },
      ...env,
    });
    const begin = performance.now();
    const recorder = new HistoryRecorder(() => performance.now());
    recorder.add({ type: 'run', seed });
    const owned = Array.from({ length: shards }, (_, shard) => channelsOn(shard, shards, channelsPerShard));
    const crowd = new Crowd({ url: server.url, channels: owned.flat(), random, recorder, text });
    try {
      return await play({
        ...{ server, proxy, database, crowd },
        channelsOf: (shard) => owned[shard] ?? [],
        now: () => performance.now() - begin,
      });
    } finally {
      await crowd.close();
      await server.remove();
    }
  } finally {
    await proxy.close();
  }
}

function channelsOn(shard: number, shards: number, count: number): string[] {
  const ids: string[] = [];
  for (let n = 0; ids.length < count; n += 1) {
    const id = `chaos-${shard}-${n}`;
    if (shardOf(`channel:${id}`, shards) === shard) ids.push(id);
  }
  return ids;
}
