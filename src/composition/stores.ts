/** Opens the database, embedded or not, and everything that main keeps in it. */
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import type { Database } from '../storage/database.ts';
import { startEmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { PostgresLog } from '../storage/postgres-log.ts';
import { loadServerInstance, type ServerInstance } from '../storage/server-instance.ts';
import type { Closers } from './closers.ts';

/** Shard number under which main reads the log: no shard has it, so no fence touches it. */
const READER = -1;

/** What is open. */
export interface Stores {
  readonly databaseUrl: string;
  readonly database: Database;
  readonly instance: ServerInstance;
  /** For reading histories. */
  readonly log: PostgresLog;
}

/**
 * Opens all of it. `processId` names this process in the database; `signal` ends the wait for PostgreSQL. `closers` get
 * what is open, also where a later part fails: connections end before PostgreSQL, where it is ours.
 */
export async function openStores(
  config: Config,
  logger: Logger,
  processId: string,
  signal: AbortSignal,
  closers: Closers,
): Promise<Result<Stores>> {
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    logger.info({ dataDir: config.dataDir }, 'starting the embedded PostgreSQL');
    const started = await startEmbeddedPostgres({ dataDir: config.dataDir, logger });
    if (!started.ok) return started;
    closers.add(() => started.value.stop());
    databaseUrl = started.value.connectionString;
  }
  const connected = await connectDatabase({ connectionString: databaseUrl, logger, signal });
  if (!connected.ok) return connected;
  const database = connected.value;
  closers.add(() => database.close());
  const instance = await loadServerInstance(database);
  if (!instance.ok) return instance;
  const log = new PostgresLog({
    connectionString: databaseUrl,
    owner: processId,
    shard: READER,
    incarnation: 0,
    logger,
  });
  closers.add(() => log.close());
  return { ok: true, value: { databaseUrl, database, instance: instance.value, log } };
}
