/** The real server on a database of its own, for tests of the wire contract. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { createDatabase, type TestDatabase } from './postgres.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** A running server and its database. */
export interface WireServer extends ServerProcess {
  readonly database: TestDatabase;
  /** Starts it anew, when it was stopped, in the same place. */
  again(): Promise<WireServer>;
  /** Stops the server and removes the database. */
  end(): Promise<void>;
}

/** Limits that no test reaches by accident; three shards, so that channels really are apart. */
const SETTINGS = {
  SHARDS: '3',
  RATE_LIMIT_MESSAGES: '100000',
  RATE_LIMIT_WINDOW_SECONDS: '1',
  MAX_FRAMES_PER_SECOND: '100000',
} as const;

/** Of every server that is started in this file; see {@link serveWith}. */
let everywhere: Readonly<Record<string, string>> | null = null;
/** What the suites of such a file share. */
let shared: Promise<WireServer> | null = null;

/**
 * Lets the suites that this file imports prove their rules under these settings too. Those that ask for no others share
 * one server, which ends with the file.
 */
export function serveWith(env: Readonly<Record<string, string>>): void {
  everywhere = env;
  afterAll(async () => {
    await (await shared)?.end();
  });
}

/** Starts one; `env` goes before the settings above. Without a `port` it takes a free one. */
export async function startWireServer(
  env: Readonly<Record<string, string>> = {},
  port?: number,
): Promise<WireServer> {
  if (everywhere === null || port !== undefined || Object.keys(env).length > 0) return start(env, port);
  shared ??= start({});
  return { ...(await shared), end: async () => undefined };
}

async function start(env: Readonly<Record<string, string>>, port?: number): Promise<WireServer> {
  const database = await createDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-data-'));
  const settings = {
    ...{ ...SETTINGS, DATABASE_URL: database.connectionString, DATA_DIR: dataDir },
    ...{ ...everywhere, ...env },
  };
  const serve = async (at?: number): Promise<WireServer> => {
    const server = await startServer({ env: settings, ...(at === undefined ? {} : { port: at }) });
    return {
      ...server,
      database,
      again: () => serve(Number(new URL(server.url).port)),
      end: async () => {
        await server.stop();
        await database.drop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  };
  return serve(port);
}
