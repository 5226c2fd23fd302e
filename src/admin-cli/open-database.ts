/** Opens the server's database for a command. */
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import type { Database } from '../storage/database.ts';
import { openPostgres } from './open-postgres.ts';

/**
 * A database that doesn't answer within this time isn't waited for any more, ms. The embedded one did a moment ago: its
 * server has stopped it since.
 */
const CONNECT_PATIENCE_MS = 10_000;
const EMBEDDED_PATIENCE_MS = 2_000;

/** What is open. */
export interface OpenDatabase {
  readonly database: Database;
  readonly close: () => Promise<void>;
}

/** The embedded PostgreSQL, started where it isn't running, or that of `DATABASE_URL`; fails with what to mend. */
export async function openDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  logger: Logger,
): Promise<Result<OpenDatabase>> {
  const postgres = await openPostgres(config, logger);
  if (!postgres.ok) return postgres;
  const { connectionString } = postgres.value;
  const patienceMs = config.databaseUrl === undefined ? EMBEDDED_PATIENCE_MS : CONNECT_PATIENCE_MS;
  const signal = AbortSignal.timeout(patienceMs);
  const database = await connectDatabase({ connectionString, logger, signal, max: 1, retryMs: 500 });
  if (!database.ok) {
    await postgres.value.stop();
    return database.failure.code === 'unavailable' ? silent() : database;
  }
  const close = async (): Promise<void> => {
    await database.value.close();
    await postgres.value.stop();
  };
  return ok({ database: database.value, close });
}

function silent() {
  return fail(
    failure('unavailable', 'The database does not answer: is PostgreSQL running, and DATABASE_URL right?'),
  );
}
