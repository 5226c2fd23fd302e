/** {@link RefreshTokenStore} in PostgreSQL. */
import type {
  PasswordChange,
  RefreshedAccount,
  RefreshFamily,
  RefreshSession,
  RefreshTokenStore,
  RefreshTokenUse,
} from '../auth/ports.ts';
import type { Role } from '../protocol/entities.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface RotatedRow {
  readonly rotated: boolean;
  readonly used_at: string;
  readonly id: string;
  readonly name: string;
  readonly roles: Role[];
  readonly avatar: string | null;
}

// The account's row is locked, so that a change of the password either comes first and is seen, or sees this family.
// What another login is deleting already is skipped: none waits for another, so none can deadlock.
const BEGIN = `
  with account as materialized (
    select id from accounts where id = $2 and password_hash = $7 for share
  ), surplus as materialized (
    (select family from refresh_families where expires_at <= $5 order by expires_at limit 100)
    union all
    (select family from refresh_families where account_id = $2 and expires_at > $5
      order by expires_at desc offset $6::integer - 1)
  ), locked as materialized (
    select family from refresh_families where family in (select family from surplus) for update skip locked
  ), deleted as (
    delete from refresh_families where family in (select family from locked)
  )
  insert into refresh_families (family, account_id, secret, expires_at, used_at)
    select $1, id, $3, $4, greatest($5::bigint, revoked_before) from account left join standings on user_id = id
    returning used_at`;

const REVOKE_AGAIN = `
  on conflict (token_id) do update set
    until = greatest(revoked_tokens.until, excluded.until), change = excluded.change`;

// One UPDATE of one row: a second use waits for the first one's commit, then sees the new secret and ends the family.
const ROTATE = `
  with used as (
    update refresh_families as f set
      secret = case when f.secret = $2 then $3 else f.secret end,
      expires_at = case when f.secret = $2 then $4::bigint else 0 end,
      used_at = case when f.secret = $2 then greatest(f.used_at, $5::bigint) else f.used_at end
    from accounts as a
    where f.family = $1 and f.expires_at > $5 and a.id = f.account_id
    returning f.expires_at > 0 as rotated, f.used_at, a.id, a.name, a.roles, a.avatar
  ), revoked as (
    insert into revoked_tokens (token_id, until, change)
      select $6, greatest(used_at, $5::bigint) + $7::bigint, next_security_change() from used where not rotated
    ${REVOKE_AGAIN}
  )
  select rotated, used_at, id, name, roles, avatar from used`;

const END = `
  with ended as (delete from refresh_families where family = $1 returning used_at)
  insert into revoked_tokens (token_id, until, change)
    select $2, greatest(used_at, $3::bigint) + $4::bigint, next_security_change() from ended
  ${REVOKE_AGAIN}`;

/** Families of refresh tokens, one row each. */
export class PostgresRefreshTokens implements RefreshTokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async begin(
    { accountId, token, expiresAt }: RefreshFamily,
    passwordHash: string,
    most: number,
    now: number,
  ): Promise<Result<number | null>> {
    const { family, secret } = token;
    const values = [family, accountId, secret, expiresAt, now, most, passwordHash];
    const begun = await this.#database.query<{ used_at: string }>(BEGIN, values);
    if (!begun.ok) return fail(begun.failure);
    const [row] = begun.rows;
    return ok(row === undefined ? null : Number(row.used_at));
  }

  async rotate(use: RefreshTokenUse, now: number): Promise<Result<RefreshedAccount | null>> {
    const { token, nextSecret, expiresAt, session } = use;
    const used = await this.#database.query<RotatedRow>(ROTATE, [
      ...[token.family, token.secret, nextSecret, expiresAt, now, session.tokenId, session.longestTokenMs],
    ]);
    if (!used.ok) return fail(used.failure);
    const [row] = used.rows;
    if (row?.rotated !== true) return ok(null);
    const { id, name, roles, avatar, used_at: usedAt } = row;
    const account = { id, name, roles, ...(avatar === null ? {} : { avatar }) };
    return ok({ account, signedAt: Number(usedAt) });
  }

  async end(family: string, session: RefreshSession, now: number): Promise<Result<void>> {
    const { tokenId, longestTokenMs } = session;
    const ended = await this.#database.query(END, [family, tokenId, now, longestTokenMs]);
    return ended.ok ? ok(undefined) : fail(ended.failure);
  }

  async changePassword(change: PasswordChange, now: number, act?: AuditAct): Promise<Result<number | null>> {
    const kept = auditCall(act, 9);
    const { accountId, knownHash, nextHash, token, lifetimeMs, longestTokenMs } = change;
    const changed = await this.#database.query<{ before: string | null }>(
      `select before, case when before is not null then ${kept.sql} end
       from change_password($1, $2, $3, $4, $5, $6, $7, $8) as before`,
      [
        ...[accountId, knownHash, nextHash, token?.family ?? null, token?.secret ?? null],
        ...[lifetimeMs, longestTokenMs, now, ...kept.values],
      ],
    );
    if (!changed.ok) return fail(changed.failure);
    const before = changed.rows[0]?.before ?? null;
    return ok(before === null ? null : Number(before));
  }
}
