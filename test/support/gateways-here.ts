/** A server with gateway threads in this process, so that tests can break them; and clients on a gateway of choice. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type RunningServer, startServer } from '../../src/composition/server.ts';
import { SHARD_ENTRY } from '../../src/composition/shards.ts';
import { loadConfig } from '../../src/config.ts';
import { GATEWAY_FAULTS_CHANNEL, type GatewayFault } from './gateway-fault.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';
import { WireClient } from './wire-client.ts';

const FAULTY_GATEWAY = new URL('./faulty-gateway.ts', import.meta.url);

/** The server. */
export interface GatewaysHere {
  readonly url: string;
  readonly database: TestDatabase;
  /** What stands between it and its database. */
  readonly proxy: PostgresProxy | null;
  /** What main has logged so far. */
  log(): string;
  /** Breaks a gateway thread. */
  breakGateway(gateway: number, kind: GatewayFault['kind']): void;
  /** What `GET /ready` says is missing. */
  missing(): Promise<readonly string[]>;
  /** A sample of `GET /metrics` by its name with labels; 0 when there is none. */
  metric(sample: string): Promise<number>;
  end(): Promise<void>;
}

/**
 * Starts one with limits that no test reaches by accident; `env` goes before them. `proxied` puts something between it
 * and its database.
 */
export async function startGatewaysHere(
  env: Readonly<Record<string, string>> = {},
  proxied?: (target: string) => Promise<PostgresProxy>,
): Promise<GatewaysHere> {
  const database = await createDatabase();
  const proxy = (await proxied?.(database.connectionString)) ?? null;
  const DATABASE_URL = proxy?.connectionString ?? database.connectionString;
  const config = loadConfig(
    {
      ...{ PORT: '0', DATABASE_URL, SHARDS: '2', GATEWAYS: '2' },
      ...{ RATE_LIMIT_MESSAGES: '100000', MAX_FRAMES_PER_SECOND: '100000', ...env },
    },
    { baseDir: '/', cores: 2 },
  );
  if (!config.ok) throw new Error(config.failure.message);
  let log = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString();
      done();
    },
  });
  const { signal } = new AbortController();
  const started = await startServer(config.value, pino(sink), signal, SHARD_ENTRY, FAULTY_GATEWAY);
  if (!started.ok) throw new Error(started.failure.message);
  const server: RunningServer = started.value;
  const faults = new BroadcastChannel(GATEWAY_FAULTS_CHANNEL);
  return {
    url: server.url,
    database,
    proxy,
    log: () => log,
    breakGateway: (gateway, kind) => {
      faults.postMessage({ gateway, kind } satisfies GatewayFault);
    },
    missing: async () => {
      const { reasons = [] } = JSON.parse(await textOf(`${server.url}/ready`)) as { reasons?: string[] };
      return reasons;
    },
    metric: async (sample) => {
      const text = await textOf(`${server.url}/metrics`);
      const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
      return Number(line?.slice(sample.length + 1) ?? 0);
    },
    end: async () => {
      faults.close();
      await server.stop();
      await proxy?.close();
      await database.drop();
    },
  };
}

/** Index of the gateway that a client is on. */
export async function gatewayOf(client: WireClient): Promise<number> {
  const { connectionId } = (client.seen('welcome')[0]?.data ?? (await client.welcomed())) as unknown as {
    readonly connectionId: string;
  };
  return Number(connectionId.split('-')[0]);
}

/** Opens connections until one is on that gateway, and closes the others; the system picks the gateway. */
export async function guestOn(url: string, gateway: number, hello: object = {}): Promise<WireClient> {
  return until(gateway, () => WireClient.guest(url, undefined, hello));
}

/** The same with an access token. */
export async function userOn(url: string, gateway: number, token: string): Promise<WireClient> {
  return until(gateway, async () => {
    const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
    await client.welcomed();
    return client;
  });
}

async function until(gateway: number, open: () => Promise<WireClient>): Promise<WireClient> {
  for (;;) {
    const client = await open();
    if ((await gatewayOf(client)) === gateway) return client;
    await client.close();
  }
}

/** What is answered at `url`. A connection that the system gave to a thread in its last moment breaks off: once more. */
async function textOf(url: string): Promise<string> {
  for (;;) {
    const text = await fetch(url).then(
      (answer) => answer.text(),
      () => null,
    );
    if (text !== null) return text;
  }
}
