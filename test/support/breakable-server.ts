/** A real server in this process, with shards in real threads that break when they are told to. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startServer } from '../../src/composition/server.ts';
import { loadConfig } from '../../src/config.ts';
import { createDatabase } from './postgres.ts';
import { FAULTS_CHANNEL, type ShardFault } from './shard-fault.ts';

const FAULTY_SHARD = new URL('./faulty-shard.ts', import.meta.url);

/** A running server. */
export interface BreakableServer {
  readonly url: string;
  /** Of its database. */
  readonly connectionString: string;
  /** What it logged since `forgetLog`. */
  readonly log: () => string;
  readonly forgetLog: () => void;
  readonly breakShard: (kind: ShardFault['kind'], shard: number) => void;
  /** Resolves when a shard that was told to exit after a commit waits for one. */
  readonly armed: () => Promise<void>;
  /** Stops the server and removes its database. */
  readonly end: () => Promise<void>;
}

/** Starts it on a database of its own, with limits that no test reaches by accident. */
export async function startBreakableServer(shards: number): Promise<BreakableServer> {
  const database = await createDatabase();
  const env = {
    PORT: '0',
    DATABASE_URL: database.connectionString,
    SHARDS: String(shards),
    RATE_LIMIT_MESSAGES: '100000',
    MAX_FRAMES_PER_SECOND: '100000',
  };
  const config = loadConfig(env, { baseDir: '/', cores: 2 });
  if (!config.ok) throw new Error(config.failure.message);
  let log = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString();
      done();
    },
  });
  const started = await startServer(config.value, pino(sink), new AbortController().signal, FAULTY_SHARD);
  if (!started.ok) throw new Error(started.failure.message);
  const server = started.value;
  const faults = new BroadcastChannel(FAULTS_CHANNEL);
  return {
    url: server.url,
    connectionString: database.connectionString,
    log: () => log,
    forgetLog: () => {
      log = '';
    },
    breakShard: (kind, shard) => {
      faults.postMessage({ shard, kind } satisfies ShardFault);
    },
    armed: () =>
      new Promise((resolve) => {
        faults.onmessage = () => {
          resolve();
        };
      }),
    end: async () => {
      faults.close();
      await server.stop();
      await database.drop();
    },
  };
}
