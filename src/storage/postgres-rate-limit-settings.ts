/** {@link RateLimitSettings} in PostgreSQL. */
import type { RateLimitSettings } from '../cache/ports.ts';
import type { RateLimit } from '../cache/rate-limiter.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

// The row that exists wins. It is asked for every second, so the common case must not write.
const LOAD = `
  with stored as (select max_requests, window_ms from rate_limits where class = 'message'),
  made as (
    insert into rate_limits (class, max_requests, window_ms)
    select 'message', $1::integer, $2::bigint where not exists (select from stored)
    on conflict (class) do nothing
    returning max_requests, window_ms
  )
  select * from stored union all select * from made`;

/** The message limit in force, the same for every server on the database. */
export class PostgresRateLimitSettings implements RateLimitSettings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(initial: RateLimit): Promise<Result<RateLimit>> {
    const values = [initial.limit, initial.windowMs];
    const stored = await this.#database.query<{ max_requests: number; window_ms: number }>(LOAD, values);
    if (!stored.ok) return fail(stored.failure);
    const [row] = stored.rows;
    // Another server made the row between this statement's look and its insert: the next look finds it.
    if (row === undefined) return this.load(initial);
    return ok({ limit: row.max_requests, windowMs: row.window_ms });
  }
}
