/** {@link RefreshTokenStore} in PostgreSQL. */
import type { AccountSummary, RefreshTokenHash, RefreshTokenStore } from '../auth/ports.ts';
import type { Role } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

interface RotatedRow {
  readonly rotated: boolean;
  readonly id: string;
  readonly name: string;
  readonly roles: Role[];
}

// What another login is deleting already is skipped: none waits for another, so none can deadlock.
const BEGIN = `
  with surplus as materialized (
    (select family from refresh_families where expires_at <= $5 order by expires_at limit 100)
    union all
    (select family from refresh_families where account_id = $2 and expires_at > $5
      order by expires_at desc offset $6::integer - 1)
  ), locked as materialized (
    select family from refresh_families where family in (select family from surplus) for update skip locked
  ), deleted as (
    delete from refresh_families where family in (select family from locked)
  )
  insert into refresh_families (family, account_id, secret, expires_at) values ($1, $2, $3, $4)`;

// One UPDATE of one row: a second use waits for the first one's commit, then sees the new secret and ends the family.
const ROTATE = `
  update refresh_families as f set
    secret = case when f.secret = $2 then $3 else f.secret end,
    expires_at = case when f.secret = $2 then $4::bigint else 0 end
  from accounts as a
  where f.family = $1 and f.expires_at > $5 and a.id = f.account_id
  returning f.expires_at > 0 as rotated, a.id, a.name, a.roles`;

/** Families of refresh tokens, one row each. */
export class PostgresRefreshTokens implements RefreshTokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(
    accountId: string,
    { family, secret }: RefreshTokenHash,
    expiresAt: number,
    most: number,
    now: number,
  ): Promise<Result<void>> {
    const begun = await this.#database.query(BEGIN, [family, accountId, secret, expiresAt, now, most]);
    return begun.ok ? ok(undefined) : fail(begun.failure);
  }

  async rotate(
    { family, secret }: RefreshTokenHash,
    nextSecret: string,
    expiresAt: number,
    now: number,
  ): Promise<Result<AccountSummary | null>> {
    const used = await this.#database.query<RotatedRow>(ROTATE, [family, secret, nextSecret, expiresAt, now]);
    if (!used.ok) return fail(used.failure);
    const [row] = used.rows;
    return ok(row?.rotated === true ? { id: row.id, name: row.name, roles: row.roles } : null);
  }

  async end(family: string): Promise<Result<void>> {
    const ended = await this.#database.query('delete from refresh_families where family = $1', [family]);
    return ended.ok ? ok(undefined) : fail(ended.failure);
  }
}
