/** Waits for the database at start and brings its schema up to date. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { Database } from './database.ts';
import { fillNameLooks } from './fill-name-looks.ts';
import { migrate } from './migrate.ts';
import { reasonOf } from './outage.ts';
import { CONNECT_TIMEOUT_MS, createPool } from './pool.ts';

/** Which database, and for whom. */
export interface ConnectOptions {
  readonly connectionString: string;
  /** Most connections of the pool that the stores use. Default 8. */
  readonly max?: number;
  readonly logger: Logger;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Pause between attempts, ms. Default 2,000. */
  readonly retryMs?: number;
}

const OLDEST_VERSION = 15;

/**
 * Connects, checks and migrates. While the database can't be reached it tries again, with a line in the log each time,
 * until `signal` ends it. Fails with one line for what no waiting mends: a PostgreSQL that is too old, an encoding other
 * than UTF8, a migration that doesn't work.
 */
export async function connectDatabase(options: ConnectOptions): Promise<Result<Database>> {
  const { connectionString, logger, signal, retryMs = 2_000 } = options;
  const where = placeOf(connectionString);
  for (let attempt = 1; signal?.aborted !== true; attempt += 1) {
    const prepared = await prepare(connectionString, logger);
    if (prepared.ok) {
      const pool = createPool({ connectionString, applicationName: 'hubbub', max: options.max ?? 8, logger });
      return ok(new Database(pool, logger));
    }
    if (prepared.failure.code !== 'unavailable') return prepared;
    const reason = prepared.failure.message;
    logger.warn({ attempt, retryMs }, `PostgreSQL at ${where} can't be used yet: ${reason}; trying again`);
    await pause(retryMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
  return fail(failure('unavailable', `Stopped while waiting for PostgreSQL at ${where}.`));
}

async function prepare(connectionString: string, logger: Logger): Promise<Result<void>> {
  const client = new pg.Client({
    connectionString,
    application_name: 'hubbub migrations',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const server = await client.query<{ version: number; encoding: string }>(
      "select current_setting('server_version_num')::integer / 10000 as version, current_setting('server_encoding') as encoding",
    );
    const { version = 0, encoding = '' } = server.rows[0] ?? {};
    if (version < OLDEST_VERSION) {
      return fail(
        failure(
          'internal',
          `PostgreSQL ${version} is too old: DATABASE_URL needs ${OLDEST_VERSION} or newer.`,
        ),
      );
    }
    if (encoding !== 'UTF8') {
      return fail(
        failure(
          'internal',
          `The database's encoding is ${encoding}: make one with "create database … encoding 'UTF8'".`,
        ),
      );
    }
    const ran = await migrate(client);
    if (ran.length > 0) logger.info({ migrations: ran }, 'database schema brought up to date');
    await fillNameLooks(client);
    return ok(undefined);
  } catch (error) {
    // A connection that still answers means that the migration itself is at fault.
    const answers = await client.query('select 1').then(
      () => true,
      () => false,
    );
    return fail(
      answers
        ? failure('internal', `The database's schema could not be brought up to date: ${reasonOf(error)}.`)
        : failure('unavailable', reasonOf(error)),
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Host and database of a URL, without user and password. */
function placeOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'DATABASE_URL';
  const { hostname, port, pathname, searchParams } = new URL(connectionString);
  return `${searchParams.get('host') ?? hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}
