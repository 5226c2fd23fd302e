/** {@link AccountStore} in PostgreSQL. */
import type { Account, AccountStore, FirstAdministrator, ProfileChange } from '../auth/ports.ts';
import type { AuditAct } from '../protocol/audit-act.ts';
import type { Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { nameLooks } from '../protocol/name-look.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { nameKey } from '../protocol/text.ts';
import { type AuditCall, auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly avatar: string | null;
  readonly password_hash: string;
  readonly roles: Role[];
}

// The account lands only when its name was free, by its looks too; an e-mail address that exists fails the whole statement.
const CREATE = (kept: AuditCall): string => `
  with claimed as (
    insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
      values ($1, $2, $3, $1, false, $8, $9, $10)
    on conflict do nothing
    returning user_id
  ), created as (
    insert into accounts (id, name, name_key, email, email_key, password_hash, roles, created_at, avatar)
      select user_id, $3, $1, $4, $5, $6, $7, $8, $11 from claimed
      returning id
  )
  select id, ${kept.sql} from created`;

const COLUMNS = 'id, name, email, avatar, password_hash, roles';

// What tokens say of the account isn't so any more: its standing does, for as long as such tokens are about.
const TOLD = `
  told as (
    insert into standings (user_id, profile, until, change)
      select id, json_strip_nulls(json_build_object('name', name, 'avatar', avatar, 'roles', roles)), $2::bigint,
        next_security_change()
      from changed
    on conflict (user_id) do update set
      profile = excluded.profile, until = greatest(standings.until, excluded.until), change = excluded.change
    returning user_id
  )`;
// `told` is read so that the audit log comes behind it.
const SET_ROLES = (kept: AuditCall): string => `
  with known as (select id as old_id, roles as old_roles from accounts where id = $1 for update),
  changed as (update accounts set roles = $3 from known where id = old_id returning ${COLUMNS}, old_roles), ${TOLD}
  select ${COLUMNS}, ${kept.sql} from told join changed on id = user_id`;

const KNOWN =
  'known as (select id as old_id, name as old_name, avatar as old_avatar from accounts where id = $1 for update)';
const BEFORE = "jsonb_strip_nulls(jsonb_build_object('name', old_name, 'avatar', old_avatar))";
const shown = (kept: AuditCall): string =>
  `select ${COLUMNS}, ${kept.sql} from told join changed on id = user_id`;

const CHANGE_AVATAR = (kept: AuditCall): string => `
  with ${KNOWN}, changed as (
    update accounts set avatar = $3 from known where id = old_id returning ${COLUMNS}, old_name, old_avatar
  ), ${TOLD} ${shown(kept)}`;

// A name that someone else has, or that looks like theirs, violates a unique key and so fails the whole statement.
const CHANGE_NAME = (kept: AuditCall): string => `
  with ${KNOWN}, changed as (
    update accounts set name = $3, name_key = $4, avatar = case when $5 then $6 else avatar end
      from known where id = old_id returning ${COLUMNS}, old_name, old_avatar
  ), named as (
    update names set key = $4, name = $3, wanted_key = $4, claimed_at = $7, look = $8, folded_look = $9
      where user_id in (select id from changed)
  ), ${TOLD} ${shown(kept)}`;

// A family tells when its newest token was signed, by the clock of the server that did.
const REMOVE = (kept: AuditCall): string => `
  with gone as (
    delete from names where user_id = $1 and (guest or exists (select from accounts where id = $1)) returning user_id
  ), ended as (
    delete from refresh_families where account_id in (select user_id from gone) returning used_at
  ), removed as (
    delete from accounts where id in (select user_id from gone)
  ), revoked as (
    insert into standings (user_id, revoked_before, until, change)
      select user_id, greatest($2::bigint, (select max(used_at) + 1 from ended)), $3::bigint, next_security_change()
      from gone
    on conflict (user_id) do update set
      revoked_before = greatest(standings.revoked_before, excluded.revoked_before),
      until = greatest(standings.until, excluded.until), change = excluded.change
    returning user_id
  )
  select user_id, ${kept.sql} from revoked`;

/** Local accounts; their names are rows of `names`, like everyone's. */
export class PostgresAccounts implements AccountStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(account: Account, createdAt: number, act?: AuditAct): Promise<Result<void>> {
    const { id, name, email, avatar, passwordHash, roles } = account;
    const emailKey = email === undefined ? null : nameKey(email);
    const { look, foldedLook } = nameLooks(name);
    const kept = auditCall(act, 12);
    const created = await this.#database.query<{ id: string }>(CREATE(kept), [
      ...[nameKey(name), id, name, email ?? null, emailKey, passwordHash, roles, createdAt, look, foldedLook],
      ...[avatar ?? null, ...kept.values],
    ]);
    if (!created.ok) {
      if (created.violated !== 'accounts_email_key_key') return fail(created.failure);
      return fail(failure('conflict', 'This e-mail address has an account already.'));
    }
    return created.rows.length === 1 ? ok(undefined) : nameTaken();
  }

  async findByName(name: string): Promise<Result<Account | null>> {
    return this.#find(`select ${COLUMNS} from accounts where name_key = $1`, nameKey(name));
  }

  async findByEmail(email: string): Promise<Result<Account | null>> {
    return this.#find(`select ${COLUMNS} from accounts where email_key = $1`, nameKey(email));
  }

  async findById(id: string): Promise<Result<Account | null>> {
    return this.#find(`select ${COLUMNS} from accounts where id = $1`, id);
  }

  async changeProfile(
    id: string,
    { name, avatar }: ProfileChange,
    until: number,
    now: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>> {
    if (name === undefined) {
      if (avatar === undefined) return this.findById(id);
      const kept = auditCall(act, 4, BEFORE);
      return this.#change(CHANGE_AVATAR(kept), [id, until, avatar, ...kept.values]);
    }
    const { look, foldedLook } = nameLooks(name);
    const kept = auditCall(act, 10, BEFORE);
    return this.#change(CHANGE_NAME(kept), [
      ...[id, until, name, nameKey(name), avatar !== undefined, avatar ?? null, now, look, foldedLook],
      ...kept.values,
    ]);
  }

  async remove(id: string, until: number, now: number, act?: AuditAct): Promise<Result<boolean>> {
    if (id.includes('\0')) return ok(false);
    const kept = auditCall(act, 4);
    const removed = await this.#database.query(REMOVE(kept), [id, now, until, ...kept.values]);
    return removed.ok ? ok(removed.rows.length === 1) : fail(removed.failure);
  }

  async setRoles(
    id: string,
    roles: readonly Role[],
    until: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>> {
    const kept = auditCall(act, 4, "jsonb_build_object('roles', old_roles)");
    return this.#change(SET_ROLES(kept), [id, until, roles, ...kept.values]);
  }

  async replaceHash(id: string, known: string, next: string): Promise<Result<boolean>> {
    const replaced = await this.#database.query(
      'update accounts set password_hash = $3 where id = $1 and password_hash = $2 returning id',
      [id, known, next],
    );
    return replaced.ok ? ok(replaced.rows.length === 1) : fail(replaced.failure);
  }

  async hasAdministrator(): Promise<Result<boolean>> {
    const found = await this.#database.query<{ found: boolean }>(
      "select exists (select from accounts where 'admin' = any (roles)) as found",
      [],
    );
    return found.ok ? ok(found.rows[0]?.found === true) : fail(found.failure);
  }

  async createFirstAdministrator(account: FirstAdministrator, createdAt: number): Promise<Result<boolean>> {
    const { id, name, passwordHash, roles } = account;
    const { look, foldedLook } = nameLooks(name);
    const made = await this.#database.query<{ made: boolean }>(
      'select create_first_administrator($1, $2, $3, $4, $5, $6, $7, $8) as made',
      [id, name, nameKey(name), look, foldedLook, passwordHash, roles, createdAt],
    );
    if (!made.ok) return made.violated === null ? fail(made.failure) : nameTaken();
    return ok(made.rows[0]?.made === true);
  }

  async #change(text: string, values: readonly unknown[]): Promise<Result<Account | null>> {
    const changed = await this.#database.query<AccountRow>(text, values);
    if (!changed.ok) return changed.violated === null ? fail(changed.failure) : nameTaken();
    return ok(accountOf(changed.rows[0]));
  }

  async #find(text: string, key: string): Promise<Result<Account | null>> {
    // No name holds U+0000, and PostgreSQL takes none.
    if (key.includes('\0')) return ok(null);
    const found = await this.#database.query<AccountRow>(text, [key]);
    return found.ok ? ok(accountOf(found.rows[0])) : fail(found.failure);
  }
}

function accountOf(row: AccountRow | undefined): Account | null {
  if (row === undefined) return null;
  const { id, name, email, avatar, password_hash: passwordHash, roles } = row;
  return {
    ...{ id, name, passwordHash, roles },
    ...(email === null ? {} : { email }),
    ...(avatar === null ? {} : { avatar }),
  };
}

function nameTaken() {
  return fail(failure('conflict', 'This name is taken.'));
}
