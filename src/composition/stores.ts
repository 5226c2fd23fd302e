/** Opens the database, embedded or not, and everything that main keeps in it. */
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import type { Database } from '../storage/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../storage/embedded/embedded-postgres.ts';
import { PostgresLog } from '../storage/postgres-log.ts';
import { loadServerInstance, type ServerInstance } from '../storage/server-instance.ts';

/** Shard number under which main reads the log: no shard has it, so no fence touches it. */
const READER = -1;

/** What is open. */
export interface Stores {
  readonly databaseUrl: string;
  readonly database: Database;
  readonly instance: ServerInstance;
  /** For reading histories. */
  readonly log: PostgresLog;
  /** Ends connections, then PostgreSQL where it is ours. */
  close(): Promise<void>;
}

/** Opens all of it. `processId` names this process in the database; `signal` ends the wait for PostgreSQL. */
export async function openStores(
  config: Config,
  logger: Logger,
  processId: string,
  signal: AbortSignal,
): Promise<Result<Stores>> {
  let embedded: EmbeddedPostgres | null = null;
  let databaseUrl = config.databaseUrl;
  if (databaseUrl === undefined) {
    logger.info({ dataDir: config.dataDir }, 'starting the embedded PostgreSQL');
    const started = await startEmbeddedPostgres({ dataDir: config.dataDir, logger });
    if (!started.ok) return started;
    embedded = started.value;
    databaseUrl = embedded.connectionString;
  }
  const opened = await connect(databaseUrl, logger, signal);
  if (!opened.ok) {
    await embedded?.stop();
    return opened;
  }
  const { database, instance } = opened.value;
  const log = new PostgresLog({
    connectionString: databaseUrl,
    owner: processId,
    shard: READER,
    incarnation: 0,
    logger,
  });
  const close = async (): Promise<void> => {
    await log.close();
    await database.close();
    await embedded?.stop();
  };
  return { ok: true, value: { databaseUrl, database, instance, log, close } };
}

async function connect(
  connectionString: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<Result<{ readonly database: Database; readonly instance: ServerInstance }>> {
  const database = await connectDatabase({ connectionString, logger, signal });
  if (!database.ok) return database;
  const instance = await loadServerInstance(database.value);
  if (instance.ok) return { ok: true, value: { database: database.value, instance: instance.value } };
  await database.value.close();
  return instance;
}
