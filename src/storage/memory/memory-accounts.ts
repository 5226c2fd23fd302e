/** {@link AccountStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { Account, AccountStore } from '../../auth/ports.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { nameKey } from '../../protocol/text.ts';
import { MemoryNames } from './memory-names.ts';

/** Local accounts whose names are taken from the names of everyone. */
export class MemoryAccounts implements AccountStore {
  readonly #byId = new Map<string, Account>();
  readonly #byName = new Map<string, Account>();
  readonly #byEmail = new Map<string, Account>();
  readonly #names: MemoryNames;

  constructor(names: MemoryNames = new MemoryNames()) {
    this.#names = names;
  }

  async create(account: Account): Promise<Result<void>> {
    const emailKey = account.email === undefined ? undefined : nameKey(account.email);
    if (emailKey !== undefined && this.#byEmail.has(emailKey)) {
      return fail(failure('conflict', 'This e-mail address has an account already.'));
    }
    if (this.#byName.has(nameKey(account.name)) || !this.#names.take(account.id, account.name)) {
      return fail(failure('conflict', 'This name is taken.'));
    }
    this.#byId.set(account.id, account);
    this.#byName.set(nameKey(account.name), account);
    if (emailKey !== undefined) this.#byEmail.set(emailKey, account);
    return ok(undefined);
  }

  async findByName(name: string): Promise<Result<Account | null>> {
    return ok(this.#byName.get(nameKey(name)) ?? null);
  }

  async findByEmail(email: string): Promise<Result<Account | null>> {
    return ok(this.#byEmail.get(nameKey(email)) ?? null);
  }

  /** The account as it is now, for {@link MemoryRefreshTokens}. */
  get(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  /** Gives an account other roles. */
  setRoles(id: string, roles: Account['roles']): void {
    const account = this.#byId.get(id);
    if (account === undefined) return;
    const changed = { ...account, roles };
    this.#byId.set(id, changed);
    this.#byName.set(nameKey(changed.name), changed);
    if (changed.email !== undefined) this.#byEmail.set(nameKey(changed.email), changed);
  }
}
