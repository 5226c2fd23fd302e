/** {@link RefreshTokenStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type {
  PasswordChange,
  RefreshedAccount,
  RefreshFamily,
  RefreshSession,
  RefreshTokenStore,
  RefreshTokenUse,
} from '../../auth/ports.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import type { MemoryAccounts } from './memory-accounts.ts';
import { MemorySecurity } from './memory-security.ts';

interface Family {
  readonly accountId: string;
  secret: string;
  expiresAt: number;
  usedAt: number;
}

/** Families of refresh tokens of `accounts`. */
export class MemoryRefreshTokens implements RefreshTokenStore {
  readonly #accounts: MemoryAccounts;
  readonly #security: MemorySecurity;
  readonly #families = new Map<string, Family>();

  constructor(accounts: MemoryAccounts, security: MemorySecurity = new MemorySecurity()) {
    this.#accounts = accounts;
    this.#security = security;
  }

  /** Families that are kept, ended ones among them. */
  get size(): number {
    return this.#families.size;
  }

  async begin(
    { accountId, token: { family, secret }, expiresAt }: RefreshFamily,
    passwordHash: string,
    most: number,
    now: number,
  ): Promise<Result<number | null>> {
    const live = [...this.#families].filter(([, { expiresAt }]) => expiresAt > now);
    const own = live.filter(([, known]) => known.accountId === accountId);
    own.sort(([, one], [, other]) => other.expiresAt - one.expiresAt);
    const surplus = new Set(own.slice(most - 1).map(([id]) => id));
    this.#families.clear();
    for (const [id, known] of live) if (!surplus.has(id)) this.#families.set(id, known);
    if (this.#accounts.get(accountId)?.passwordHash !== passwordHash) return ok(null);
    const usedAt = Math.max(now, this.#security.revokedBefore(accountId));
    this.#families.set(family, { accountId, secret, expiresAt, usedAt });
    return ok(usedAt);
  }

  async rotate(use: RefreshTokenUse, now: number): Promise<Result<RefreshedAccount | null>> {
    const known = this.#families.get(use.token.family);
    if (known === undefined || known.expiresAt <= now) return ok(null);
    const account = this.#accounts.get(known.accountId);
    if (account === undefined || known.secret !== use.token.secret) {
      await this.end(use.token.family, use.session, now);
      return ok(null);
    }
    known.secret = use.nextSecret;
    known.expiresAt = use.expiresAt;
    known.usedAt = Math.max(known.usedAt, now);
    const { id, name, roles, avatar } = account;
    return ok({
      account: { id, name, roles, ...(avatar === undefined ? {} : { avatar }) },
      signedAt: known.usedAt,
    });
  }

  async end(family: string, session: RefreshSession, now: number): Promise<Result<void>> {
    const known = this.#families.get(family);
    if (known === undefined) return ok(undefined);
    this.#families.delete(family);
    const until = Math.max(known.usedAt, now) + session.longestTokenMs;
    return this.#security.revokeToken(session.tokenId, until, now);
  }

  async changePassword(change: PasswordChange, now: number, act?: AuditAct): Promise<Result<number | null>> {
    const { accountId, knownHash, nextHash, token, lifetimeMs, longestTokenMs } = change;
    const account = this.#accounts.get(accountId);
    if (account === undefined || (knownHash !== null && account.passwordHash !== knownHash)) return ok(null);
    this.#accounts.put({ ...account, passwordHash: nextHash });
    const before = Math.max(now, ...this.#ended(accountId).map(({ usedAt }) => usedAt + 1));
    if (token !== null) {
      const { family, secret } = token;
      this.#families.set(family, { accountId, secret, expiresAt: before + lifetimeMs, usedAt: before });
    }
    this.#security.userRevoked(accountId, before, before + longestTokenMs);
    this.#security.audit.keep(act);
    return ok(before);
  }

  /** Ends all families of an account, for {@link MemorySecurity}; when the newest of their tokens was signed, or 0. */
  endAll(accountId: string): number {
    return Math.max(0, ...this.#ended(accountId).map(({ usedAt }) => usedAt));
  }

  #ended(accountId: string): Family[] {
    const own = [...this.#families].filter(([, known]) => known.accountId === accountId);
    for (const [family] of own) this.#families.delete(family);
    return own.map(([, known]) => known);
  }
}
