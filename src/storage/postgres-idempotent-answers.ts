/** {@link IdempotentAnswers} in PostgreSQL. */
import type { AnswerKey, Begun, GivenAnswer, IdempotentAnswers } from '../admin/ports/idempotent-answers.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

const DAY_MS = 24 * 3_600_000;
const UNFINISHED_MS = 60_000;
/** More than one request adds. */
const FORGOTTEN_AT_ONCE = 10;

const BEGIN = `
  insert into idempotent_answers as a (owner, key, request, made_at) values ($1, $2, $3, $4)
  on conflict (owner, key) do update set request = excluded.request, made_at = excluded.made_at, status = null, body = null
    where a.made_at < $4::bigint - ${DAY_MS}
      or (a.status is null and a.request = excluded.request and a.made_at < $4::bigint - ${UNFINISHED_MS})
  returning key`;
const FINISH = `
  with forgotten as (
    delete from idempotent_answers where (owner, key) in (
      select owner, key from idempotent_answers where made_at < $5::bigint - ${DAY_MS} order by made_at
      limit ${FORGOTTEN_AT_ONCE}
    ) and (owner, key) <> ($1, $2)
  )
  update idempotent_answers set status = $3, body = $4 where owner = $1 and key = $2`;

interface AnswerRow {
  readonly request: string;
  readonly status: number | null;
  readonly body: string | null;
}

/** See the head of the file. */
export class PostgresIdempotentAnswers implements IdempotentAnswers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin({ owner, key }: AnswerKey, request: string, now: number): Promise<Result<Begun>> {
    const begun = await this.#database.query(BEGIN, [owner, key, request, now]);
    if (!begun.ok) return fail(begun.failure);
    if (begun.rows.length > 0) return ok({ kind: 'first' });
    const found = await this.#database.query<AnswerRow>(
      'select request, status, body from idempotent_answers where owner = $1 and key = $2',
      [owner, key],
    );
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    // It was released between the two looks.
    if (row === undefined) return ok({ kind: 'underway' });
    if (row.request !== request) return ok({ kind: 'other' });
    const { status, body } = row;
    if (status === null || body === null) return ok({ kind: 'underway' });
    return ok({ kind: 'answered', answer: { status, body } });
  }

  async finish({ owner, key }: AnswerKey, { status, body }: GivenAnswer, now: number): Promise<Result<void>> {
    const finished = await this.#database.query(FINISH, [owner, key, status, body, now]);
    return finished.ok ? ok(undefined) : fail(finished.failure);
  }

  async release({ owner, key }: AnswerKey): Promise<Result<void>> {
    const released = await this.#database.query(
      'delete from idempotent_answers where owner = $1 and key = $2 and status is null',
      [owner, key],
    );
    return released.ok ? ok(undefined) : fail(released.failure);
  }
}
