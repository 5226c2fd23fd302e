/** {@link AccountStore} in PostgreSQL. */
import type { Account, AccountStore } from '../auth/ports.ts';
import type { Role } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { nameLooks } from '../protocol/name-look.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { nameKey } from '../protocol/text.ts';
import type { Database } from './database.ts';

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly password_hash: string;
  readonly roles: Role[];
}

// The account lands only when its name was free, by its looks too; an e-mail address that exists fails the whole statement.
const CREATE = `
  with claimed as (
    insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
      values ($1, $2, $3, $1, false, $8, $9, $10)
    on conflict do nothing
    returning user_id
  )
  insert into accounts (id, name, name_key, email, email_key, password_hash, roles, created_at)
    select user_id, $3, $1, $4, $5, $6, $7, $8 from claimed
    returning id`;

const COLUMNS = 'id, name, email, password_hash, roles';

/** Local accounts; their names are rows of `names`, like everyone's. */
export class PostgresAccounts implements AccountStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(account: Account, createdAt: number): Promise<Result<void>> {
    const { id, name, email, passwordHash, roles } = account;
    const emailKey = email === undefined ? null : nameKey(email);
    const { look, foldedLook } = nameLooks(name);
    const created = await this.#database.query<{ id: string }>(CREATE, [
      ...[nameKey(name), id, name, email ?? null, emailKey, passwordHash, roles, createdAt, look, foldedLook],
    ]);
    if (!created.ok) {
      if (created.violated !== 'accounts_email_key_key') return fail(created.failure);
      return fail(failure('conflict', 'This e-mail address has an account already.'));
    }
    return created.rows.length === 1 ? ok(undefined) : fail(failure('conflict', 'This name is taken.'));
  }

  async findByName(name: string): Promise<Result<Account | null>> {
    return this.#find(`select ${COLUMNS} from accounts where name_key = $1`, nameKey(name));
  }

  async findByEmail(email: string): Promise<Result<Account | null>> {
    return this.#find(`select ${COLUMNS} from accounts where email_key = $1`, nameKey(email));
  }

  async #find(text: string, key: string): Promise<Result<Account | null>> {
    // No name holds U+0000, and PostgreSQL takes none.
    if (key.includes('\0')) return ok(null);
    const found = await this.#database.query<AccountRow>(text, [key]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    if (row === undefined) return ok(null);
    const { id, name, email, password_hash: passwordHash, roles } = row;
    return ok({ id, name, ...(email === null ? {} : { email }), passwordHash, roles });
  }
}
