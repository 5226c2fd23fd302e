/** {@link AccountStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { Account, AccountStore, FirstAdministrator, ProfileChange } from '../../auth/ports.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import type { Role } from '../../protocol/entities.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { nameKey } from '../../protocol/text.ts';
import { MemoryNames } from './memory-names.ts';
import { MemorySecurity } from './memory-security.ts';

/** Local accounts whose names are taken from the names of everyone. */
export class MemoryAccounts implements AccountStore {
  readonly #byId = new Map<string, Account>();
  readonly #names: MemoryNames;
  readonly #security: MemorySecurity;

  constructor(names: MemoryNames = new MemoryNames(), security: MemorySecurity = new MemorySecurity()) {
    this.#names = names;
    this.#security = security;
  }

  async create(account: Account, _createdAt?: number, act?: AuditAct): Promise<Result<void>> {
    if (account.email !== undefined && this.#withEmail(account.email) !== null) {
      return fail(failure('conflict', 'This e-mail address has an account already.'));
    }
    if (!this.#names.take(account.id, account.name)) return nameTaken();
    this.put(account);
    this.#security.audit.keep(act);
    return ok(undefined);
  }

  async findByName(name: string): Promise<Result<Account | null>> {
    return ok(this.#find((account) => nameKey(account.name) === nameKey(name)));
  }

  async findByEmail(email: string): Promise<Result<Account | null>> {
    return ok(this.#withEmail(email));
  }

  async findById(id: string): Promise<Result<Account | null>> {
    return ok(this.#byId.get(id) ?? null);
  }

  async changeProfile(
    id: string,
    change: ProfileChange,
    until: number,
    _now?: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>> {
    const account = this.#byId.get(id);
    if (account === undefined) return ok(null);
    if (change.name === undefined && change.avatar === undefined) return ok(account);
    const { avatar: old, ...rest } = account;
    const { name = account.name, avatar = old ?? null } = change;
    if (!this.#names.take(id, name)) return nameTaken();
    this.#security.audit.keep(act, { name: account.name, ...(old === undefined ? {} : { avatar: old }) });
    return ok(this.#changed({ ...rest, name, ...(avatar === null ? {} : { avatar }) }, until));
  }

  async setRoles(
    id: string,
    roles: readonly Role[],
    until: number,
    act?: AuditAct,
  ): Promise<Result<Account | null>> {
    const account = this.#byId.get(id);
    if (account === undefined) return ok(null);
    this.#security.audit.keep(act, { roles: account.roles });
    return ok(this.#changed({ ...account, roles }, until));
  }

  async remove(id: string, until: number, now: number, act?: AuditAct): Promise<Result<boolean>> {
    if (!this.#byId.has(id) && !this.#names.isGuest(id)) return ok(false);
    this.#names.release(id);
    this.#byId.delete(id);
    await this.#security.revokeUser(id, null, until, now, act);
    return ok(true);
  }

  async replaceHash(id: string, known: string, next: string): Promise<Result<boolean>> {
    const account = this.#byId.get(id);
    if (account?.passwordHash !== known) return ok(false);
    this.#byId.set(id, { ...account, passwordHash: next });
    return ok(true);
  }

  async hasAdministrator(): Promise<Result<boolean>> {
    return ok(this.#find(({ roles }) => roles.includes('admin')) !== null);
  }

  async createFirstAdministrator(account: FirstAdministrator): Promise<Result<boolean>> {
    if (this.#find(({ roles }) => roles.includes('admin')) !== null) return ok(false);
    const created = await this.create(account);
    return created.ok ? ok(true) : created;
  }

  /** All of them. */
  all(): readonly Account[] {
    return [...this.#byId.values()];
  }

  /** The account as it is now, for {@link MemoryRefreshTokens}. */
  get(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  /** Puts the account in place of what was known of it. */
  put(account: Account): void {
    this.#byId.set(account.id, account);
  }

  #changed(account: Account, until: number): Account {
    this.put(account);
    const { id, name, avatar, roles } = account;
    this.#security.profileChanged(id, { name, roles, ...(avatar === undefined ? {} : { avatar }) }, until);
    return account;
  }

  #withEmail(email: string): Account | null {
    return this.#find((account) => account.email !== undefined && nameKey(account.email) === nameKey(email));
  }

  #find(wanted: (account: Account) => boolean): Account | null {
    return [...this.#byId.values()].find(wanted) ?? null;
  }
}

function nameTaken() {
  return fail(failure('conflict', 'This name is taken.'));
}
