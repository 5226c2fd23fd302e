/** {@link SessionStore} in PostgreSQL. */
import type { RecordedSession, SessionStore, SessionWriter } from '../gateway/ports/session-store.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

const RECORD = 'select record_sessions($1, $2, $3, $4::bigint, $5)';
const CLOSE = "select close_session_writers($1::bigint * interval '1 ms', $2, $3, $4) as closed";

/** One function for each call (migration 0019_activity.sql): each is one transaction. */
export class PostgresSessions implements SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async record(
    { name, run, place }: SessionWriter,
    at: number,
    sessions: readonly RecordedSession[],
  ): Promise<Result<void>> {
    const written = await this.#database.query(RECORD, [name, run, place, at, JSON.stringify(sessions)]);
    return written.ok ? ok(undefined) : fail(written.failure);
  }

  async closeDead(staleMs: number, { run, place }: SessionWriter): Promise<Result<number>> {
    return this.#close([staleMs, place, run, null]);
  }

  async close(name: string): Promise<Result<void>> {
    const closed = await this.#close([null, null, null, name]);
    return closed.ok ? ok(undefined) : closed;
  }

  async #close(values: readonly unknown[]): Promise<Result<number>> {
    const closed = await this.#database.query<{ closed: number }>(CLOSE, values);
    return closed.ok ? ok(closed.rows[0]?.closed ?? 0) : fail(closed.failure);
  }
}
