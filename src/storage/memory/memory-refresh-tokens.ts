/** {@link RefreshTokenStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AccountSummary, RefreshTokenHash, RefreshTokenStore } from '../../auth/ports.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { MemoryAccounts } from './memory-accounts.ts';

interface Family {
  readonly accountId: string;
  secret: string;
  expiresAt: number;
}

/** Families of refresh tokens of `accounts`. */
export class MemoryRefreshTokens implements RefreshTokenStore {
  readonly #accounts: Pick<MemoryAccounts, 'get'>;
  readonly #families = new Map<string, Family>();

  constructor(accounts: Pick<MemoryAccounts, 'get'>) {
    this.#accounts = accounts;
  }

  /** Families that are kept, ended ones among them. */
  get size(): number {
    return this.#families.size;
  }

  async begin(
    accountId: string,
    { family, secret }: RefreshTokenHash,
    expiresAt: number,
    most: number,
    now: number,
  ): Promise<Result<void>> {
    const live = [...this.#families].filter(([, { expiresAt }]) => expiresAt > now);
    const own = live.filter(([, known]) => known.accountId === accountId);
    own.sort(([, one], [, other]) => other.expiresAt - one.expiresAt);
    const surplus = new Set(own.slice(most - 1).map(([id]) => id));
    this.#families.clear();
    for (const [id, known] of live) if (!surplus.has(id)) this.#families.set(id, known);
    this.#families.set(family, { accountId, secret, expiresAt });
    return ok(undefined);
  }

  async rotate(
    { family, secret }: RefreshTokenHash,
    nextSecret: string,
    expiresAt: number,
    now: number,
  ): Promise<Result<AccountSummary | null>> {
    const known = this.#families.get(family);
    if (known === undefined || known.expiresAt <= now) return ok(null);
    const account = this.#accounts.get(known.accountId);
    if (account === undefined || known.secret !== secret) {
      this.#families.delete(family);
      return ok(null);
    }
    known.secret = nextSecret;
    known.expiresAt = expiresAt;
    return ok({ id: account.id, name: account.name, roles: account.roles });
  }

  async end(family: string): Promise<Result<void>> {
    this.#families.delete(family);
    return ok(undefined);
  }

  /** Ends every family of the account. */
  endAll(accountId: string): void {
    for (const [family, known] of this.#families)
      if (known.accountId === accountId) this.#families.delete(family);
  }
}
