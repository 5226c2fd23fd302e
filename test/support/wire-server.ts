/** The real server on a database of its own, for tests of the wire contract. */
import { createDatabase, type TestDatabase } from './postgres.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** A running server and its database. */
export interface WireServer extends ServerProcess {
  readonly database: TestDatabase;
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

let everywhere: Readonly<Record<string, string>> = {};

/** Settings of every server that is started from here on in this file, so that it proves its rules under them too. */
export function serveWith(env: Readonly<Record<string, string>>): void {
  everywhere = env;
}

/** Starts one; `env` goes before the settings above. Without a `port` it takes a free one. */
export async function startWireServer(
  env: Readonly<Record<string, string>> = {},
  port?: number,
): Promise<WireServer> {
  const database = await createDatabase();
  const server = await startServer({
    env: { ...SETTINGS, DATABASE_URL: database.connectionString, ...everywhere, ...env },
    ...(port === undefined ? {} : { port }),
  });
  return {
    ...server,
    database,
    end: async () => {
      await server.stop();
      await database.drop();
    },
  };
}
