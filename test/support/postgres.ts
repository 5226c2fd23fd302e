/**
 * One embedded PostgreSQL for a whole test run, and databases of their own for the tests in it. Vitest runs
 * {@link setup} once (globalSetup); a test file asks {@link createDatabase} for a migrated database.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';
import { migrate } from '../../src/storage/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the run's PostgreSQL, its database `hubbub`. */
    readonly postgresUrl: string;
  }
}

/** A database that only its creator uses. */
export interface TestDatabase {
  readonly connectionString: string;
  /** Ends what is still connected and removes the database. */
  drop(): Promise<void>;
}

const TEMPLATE = 'hubbub_template';

/** Vitest's globalSetup: starts PostgreSQL in a temporary folder, without fsync, and migrates the template. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-test-'));
  const started = await startEmbeddedPostgres({
    dataDir: folder,
    durable: false,
    logger: pino({ level: 'silent' }),
  });
  if (!started.ok) throw new Error(started.failure.message);
  const postgres = started.value;
  await withClient(postgres.connectionString, (client) => client.query(`create database ${TEMPLATE}`));
  await withClient(databaseUrl(postgres.connectionString, TEMPLATE), migrate);
  project.provide('postgresUrl', postgres.connectionString);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** Makes a migrated, empty database by cloning the template. Its server_instance is the template's. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`create database ${name} template ${TEMPLATE}`));
  return {
    connectionString: databaseUrl(server, name),
    drop: async () => {
      await withClient(server, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

/** Makes one with nothing in it, as another system's would be. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`create database ${name} template template0`));
  return {
    connectionString: databaseUrl(server, name),
    drop: async () => {
      await withClient(server, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Resolves when `count` writers wait for a lock. Not asked within a transaction: that would see one moment for ever. */
export function writersBlocked(connectionString: string, count = 1): Promise<void> {
  return withClient(connectionString, async (client) => {
    for (;;) {
      const waiting = await client.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and starts_with(application_name, 'hubbub/')
         and datname = current_database()`,
      );
      if (waiting.rowCount === count) return;
    }
  });
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
