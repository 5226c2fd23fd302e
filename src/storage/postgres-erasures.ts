/** Erasures of users in PostgreSQL, step by step: see the migration 0022_erasures.sql. */
import type { Erasure, ErasureStep, Erasures } from '../admin/ports/erasures.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

/** One that isn't done. */
export interface OpenErasure {
  readonly id: string;
  readonly userId: string;
  readonly step: ErasureStep;
  /** Ids of the channels that messages are to be deleted in, when they are found. */
  readonly channels: readonly string[];
  /** ms since the epoch. */
  readonly requestedAt: number;
}

interface ErasureRow {
  readonly id: string;
  readonly user_id: string;
  readonly by_id: string;
  readonly step: ErasureStep;
  readonly channels: string[];
  readonly counts: Record<string, number>;
  readonly digest: string;
  readonly requested_at: string;
  readonly finished_at: string | null;
}

/** Events that one statement looks at. */
const PAGE = 1_000;

const BEGIN = `
  insert into erasures (id, user_id, by_id, step, requested_at) values ($1, $2, $3, 'find', $4)
  on conflict (user_id) where step <> 'done' do nothing`;
const NEWEST = 'select * from erasures where user_id = $1 order by requested_at desc, id desc limit 1';
const LIST = `
  select * from erasures
  where $1::text is null or (requested_at, id) < (select b.requested_at, b.id from erasures as b where b.id = $1)
  order by requested_at desc, id desc limit $2`;
const OPEN = `select * from erasures where step <> 'done' order by requested_at limit $1`;
const KNOWS = `
  select exists (select from names where user_id = $1) or exists (select from sessions where user_id = $1)
    or exists (select from audit_log where target_id = $1 and target_kind = 'user')
    or exists (select from logs where key = 'inbox:' || $1) as known`;
const DELETED = `update erasures set step = 'rewrite' where id = $1 and step = 'delete'`;

export class PostgresErasures {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Begins one, unless one of this user is under way. */
  async begin(id: string, userId: string, by: string, at: number): Promise<Result<void>> {
    const begun = await this.#database.query(BEGIN, [id, userId, by, at]);
    return begun.ok ? ok(undefined) : fail(begun.failure);
  }

  /** The newest one of the user; null: there was none. */
  async find(userId: string): Promise<Result<Erasure | null>> {
    if (userId.includes('\0')) return ok(null);
    const found = await this.#database.query<ErasureRow>(NEWEST, [userId]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : erasureOf(row));
  }

  /** The newest first; see {@link Erasures.list}. */
  async list({ before, limit }: Parameters<Erasures['list']>[0]): ReturnType<Erasures['list']> {
    const found = await this.#database.query<ErasureRow>(LIST, [before ?? null, limit + 1]);
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(erasureOf), hasMore: found.rows.length > limit });
  }

  /** Whether there is any trace of somebody with this id. */
  async knows(userId: string): Promise<Result<boolean>> {
    if (userId.includes('\0')) return ok(false);
    const found = await this.#database.query<{ known: boolean }>(KNOWS, [userId]);
    return found.ok ? ok(found.rows[0]?.known === true) : fail(found.failure);
  }

  /** Those that aren't done, the oldest first. */
  async open(limit: number): Promise<Result<readonly OpenErasure[]>> {
    const found = await this.#database.query<ErasureRow>(OPEN, [limit]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(({ id, user_id: userId, step, channels, requested_at: at }) => {
        return { id, userId, step, channels, requestedAt: Number(at) };
      }),
    );
  }

  /** Removes account, name and profile; again, where it is asked again. */
  async person(id: string): Promise<Result<void>> {
    const done = await this.#database.query('select erase_person($1)', [id]);
    return done.ok ? ok(undefined) : fail(done.failure);
  }

  /** Goes on with `find` or `rewrite` by a page; true: that step is done. Null: it is at another step, or another server is at it. */
  async page(id: string): Promise<Result<boolean | null>> {
    const done = await this.#database.query<{ done: boolean | null }>('select erase_page($1, $2) as done', [
      ...[id, PAGE],
    ]);
    return done.ok ? ok(done.rows[0]?.done ?? null) : fail(done.failure);
  }

  /** The messages are deleted. */
  async deleted(id: string): Promise<Result<void>> {
    const done = await this.#database.query(DELETED, [id]);
    return done.ok ? ok(undefined) : fail(done.failure);
  }

  /** Erases what stands beside the logs, and keeps the act; false: it isn't the time for that. */
  async finish(id: string, at: number): Promise<Result<boolean>> {
    const done = await this.#database.query<{ done: boolean }>('select finish_erasure($1, $2) as done', [
      ...[id, at],
    ]);
    return done.ok ? ok(done.rows[0]?.done === true) : fail(done.failure);
  }
}

function erasureOf(row: ErasureRow): Erasure {
  const { id, user_id: userId, by_id: by, step, counts, digest, finished_at: finishedAt } = row;
  return {
    ...{ id, userId, by, step, counts, digest, requestedAt: Number(row.requested_at) },
    ...(finishedAt === null ? {} : { finishedAt: Number(finishedAt) }),
  };
}
