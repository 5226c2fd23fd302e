/** {@link SecurityStore} in PostgreSQL. */
import type { AccountProfile, SecurityChanges, SecurityStore, Standing } from '../auth/ports.ts';
import type { SanctionChange } from '../auth/sanction-store.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface HeadRow {
  readonly change: string;
  readonly keys_change: string;
  readonly tokens: SecurityChanges['tokens'];
  readonly standings: readonly {
    readonly userId: string;
    readonly revokedBefore: number;
    readonly profile: AccountProfile | null;
    readonly roles: Role[] | null;
    readonly until: number;
  }[];
  readonly sanctions: readonly SanctionChange[];
}

/** Roles that were given hold for ever: the latest time that JavaScript can tell. */
const NEVER = 8_640_000_000_000_000;

// One snapshot for all parts. Nothing new is the usual answer: it reads one row.
const CHANGES = `
  select change, keys_change,
    coalesce((select json_agg(json_build_object('tokenId', token_id, 'until', until))
      from revoked_tokens as t where t.change > $1 and t.until > $2), '[]') as tokens,
    coalesce((select json_agg(json_build_object('userId', user_id, 'revokedBefore', revoked_before,
        'profile', profile, 'roles', roles, 'until', until))
      from standings as s where s.change > $1 and s.until > $2), '[]') as standings,
    coalesce((select json_agg(json_strip_nulls(json_build_object('id', id, 'kind', kind, 'userId', user_id,
        'reason', reason, 'address', address, 'isOver', ended_at is not null, 'deletes', delete_since is not null))
        ::jsonb || jsonb_build_object('until', until))
      from sanctions as s
      where s.change > $1 and (s.until > $2 or s.until is null or s.delete_since is not null)
        and (s.ended_at is null or $1 >= 0)), '[]') as sanctions
  from security_head where change > $1`;

// What ended makes room, a little at a time.
const TIDY = `
  tidied_tokens as (delete from revoked_tokens where token_id in
    (select token_id from revoked_tokens where until <= $1 order by until limit 100 for update skip locked)),
  tidied_standings as (delete from standings where user_id in
    (select user_id from standings where until <= $1 order by until limit 100 for update skip locked))`;

/** Revocations, given roles, and what changed of bans and mutes, numbered in the order of their commits. */
export class PostgresSecurity implements SecurityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async changesAfter(after: number, now: number): Promise<Result<SecurityChanges | null>> {
    const found = await this.#database.query<HeadRow>(CHANGES, [after, now]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    if (row === undefined) return ok(null);
    const standings: readonly Standing[] = row.standings;
    return ok({
      change: Number(row.change),
      keysChange: Number(row.keys_change),
      tokens: row.tokens,
      standings,
      sanctions: row.sanctions,
    });
  }

  async revokeToken(tokenId: string, until: number, now: number, act?: AuditAct): Promise<Result<void>> {
    const kept = auditCall(act, 4);
    return this.#write(
      `with ${TIDY},
       revoked as (
         insert into revoked_tokens (token_id, until, change) values ($2, $3, next_security_change())
         on conflict (token_id) do update set
           until = greatest(revoked_tokens.until, excluded.until), change = excluded.change
         returning token_id
       )
       select ${kept.sql} from revoked`,
      [now, tokenId, until, ...kept.values],
    );
  }

  async revokeUser(
    userId: string,
    before: number | null,
    until: number,
    now: number,
    act?: AuditAct,
  ): Promise<Result<void>> {
    const kept = auditCall(act, 5);
    // A family tells when its newest token was signed, by the clock of the server that did.
    return this.#write(
      `with ${TIDY},
       ended as (delete from refresh_families where account_id = $2 returning used_at),
       revoked as (
         insert into standings (user_id, revoked_before, until, change)
           select $2, coalesce($3::bigint, greatest($1::bigint, max(used_at) + 1)), $4, next_security_change() from ended
         on conflict (user_id) do update set
           revoked_before = greatest(standings.revoked_before, excluded.revoked_before),
           until = greatest(standings.until, excluded.until), change = excluded.change
         returning user_id
       )
       select ${kept.sql} from revoked`,
      [now, userId, before, until, ...kept.values],
    );
  }

  async grantRoles(
    userId: string,
    roles: readonly Role[],
    now: number,
    act?: AuditAct,
  ): Promise<Result<void>> {
    // The subquery reads what stood there when the statement began.
    const kept = auditCall(
      act,
      5,
      "jsonb_build_object('roles', coalesce((select to_jsonb(s.roles) from standings as s where s.user_id = $2), '[]'))",
    );
    return this.#write(
      `with ${TIDY},
       granted as (
         insert into standings (user_id, roles, until, change) values ($2, $3, $4, next_security_change())
         on conflict (user_id) do update set
           roles = excluded.roles, until = excluded.until, change = excluded.change
         returning user_id
       )
       select ${kept.sql} from granted`,
      [now, userId, roles.length === 0 ? null : roles, NEVER, ...kept.values],
    );
  }

  async #write(text: string, values: readonly unknown[]): Promise<Result<void>> {
    const written = await this.#database.query(text, values);
    return written.ok ? ok(undefined) : fail(written.failure);
  }
}
