/** Pools of connections for reads and for small writes. */
import pg from 'pg';
import type { Logger } from 'pino';

/** How a pool is made. */
export interface PoolOptions {
  readonly connectionString: string;
  /** Shown in pg_stat_activity; at most 63 bytes. */
  readonly applicationName: string;
  /** Most connections at once. */
  readonly max: number;
  /** PostgreSQL gives a statement up after it, ms. Default {@link STATEMENT_TIMEOUT_MS}. */
  readonly statementTimeoutMs?: number;
  readonly logger: Logger;
}

/** Time to open a connection or to wait for one of the pool, ms. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** PostgreSQL gives a statement up after it, ms. */
export const STATEMENT_TIMEOUT_MS = 10_000;
/** We give the connection up after it, ms: later than PostgreSQL would answer, so only a dead network gets there. */
export const ANSWER_TIMEOUT_MS = 15_000;

/** A pool that connects when it is first used, and whose broken idle connections end no process. */
export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', (error) => {
    options.logger.warn({ reason: error.message }, 'an idle database connection broke');
  });
  return pool;
}
