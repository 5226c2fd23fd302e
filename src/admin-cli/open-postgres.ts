/** The PostgreSQL of the server's settings, for a command. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { accessEmbeddedPostgres } from '../storage/embedded/access-embedded-postgres.ts';
import type { EmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { reasonOf } from '../storage/outage.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** A connection as a long statement wants it. */
export interface OpenConnection {
  readonly connectionString: string;
  readonly client: pg.Client;
  readonly close: () => Promise<void>;
}

/** The embedded PostgreSQL, started where it isn't running, or that of `DATABASE_URL`; `stop` leaves it as it was. */
export async function openPostgres(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  logger: Logger,
): Promise<Result<EmbeddedPostgres>> {
  return config.databaseUrl === undefined
    ? accessEmbeddedPostgres({ dataDir: config.dataDir, logger })
    : ok({ connectionString: config.databaseUrl, stop: async () => undefined });
}

/** The same with one connection to it that has no time limits; fails with `unavailable` when there is none. */
export async function openConnection(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  logger: Logger,
  applicationName: string,
): Promise<Result<OpenConnection>> {
  const postgres = await openPostgres(config, logger);
  if (!postgres.ok) return postgres;
  const { connectionString } = postgres.value;
  const client = new pg.Client({
    connectionString,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await client.end().catch(() => undefined);
    await postgres.value.stop();
  };
  try {
    await client.connect();
    await client.query(
      "select set_config(name, '0', false) from unnest('{statement_timeout,lock_timeout,idle_in_transaction_session_timeout}'::text[]) as name",
    );
    return ok({ connectionString, client, close });
  } catch (error) {
    await close();
    return fail(failure('unavailable', `The database does not answer: ${reasonOf(error)}.`));
  }
}

/** Whether there is a database to open: a command that only reads makes none. */
export async function hasDatabase({
  dataDir,
  databaseUrl,
}: Pick<Config, 'dataDir' | 'databaseUrl'>): Promise<boolean> {
  if (databaseUrl !== undefined) return true;
  return access(path.join(dataDir, 'postgres', 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}
