/** The database as the stores use it: queries whose expected failures are values. */
import type pg from 'pg';
import type { Logger } from 'pino';
import { failure } from '../protocol/errors.ts';
import type { Failure } from '../protocol/errors.ts';
import { classifyStatementError, reasonOf, violatedUnique, wasCanceled } from './outage.ts';

/**
 * Rows, or why there are none. `violated` names the unique constraint or index that stood against a write; `canceled`: the
 * statement took longer than it may.
 */
export type QueryOutcome<R> =
  | { readonly ok: true; readonly rows: readonly R[] }
  | {
      readonly ok: false;
      readonly failure: Failure;
      readonly violated: string | null;
      readonly canceled?: true;
    };

/** A client that is told `unavailable` tries again after so many ms. */
const RETRY_AFTER_MS = 1_000;

/** A pool with outages as values. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;

  constructor(pool: pg.Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
  }

  /**
   * Runs one statement in a transaction of its own. An outage is `unavailable` (the statement may have been carried
   * out), a unique key that exists `conflict`; rejects for what is a bug: bad SQL, values that no column takes.
   */
  async query<R extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<QueryOutcome<R>> {
    try {
      const result = await this.#pool.query<R>(text, [...values]);
      return { ok: true, rows: result.rows };
    } catch (error) {
      const violated = violatedUnique(error);
      if (violated !== null) return { ok: false, failure: failure('conflict', 'This is taken.'), violated };
      if (classifyStatementError(error) === 'refused') throw error;
      this.#logger.warn({ reason: reasonOf(error) }, 'the database did not answer');
      const away = failure('unavailable', 'The database is away for a moment.', RETRY_AFTER_MS);
      return { ok: false, failure: away, violated: null, ...(wasCanceled(error) ? { canceled: true } : {}) };
    }
  }

  /** Ends the connections; queries under way settle first. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}
