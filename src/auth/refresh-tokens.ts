/**
 * Refresh tokens: what one who logged in gets new access tokens for, without the password.
 *
 * All tokens that come of one login are a family. Each is used once and brings the next; a second use of one means
 * that two have it, and since nobody can tell which of them is the thief, the family ends (RFC 9700, section 4.14.2).
 * A token is the family's name (128 random bits) and a secret (256), of which stores get SHA-256 alone. The hash of the
 * name also stands in the login's access tokens (`sid`), so that they end with the family.
 */
import { createHash } from 'node:crypto';
import type { AuditAct } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { ACCESS_TOKEN_SECONDS, LONGEST_ACCESS_TOKEN_SECONDS, sessionTokenId } from './account-issuer.ts';
import type { AccountIssuer } from './account-issuer.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import { tooManyAttempts } from './password-check.ts';
import type {
  Account,
  AccountSummary,
  RefreshSession,
  RefreshTokenHash,
  RefreshTokenStore,
} from './ports.ts';
import { refused } from './signed-token.ts';

/** A refresh token that isn't used lives for so many seconds: 30 days. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;
/** Logins of one account that can be refreshed; the one that was used longest ago ends for one more. */
export const MAX_FAMILIES_PER_ACCOUNT = 100;

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
const LIFETIME_MS = REFRESH_TOKEN_SECONDS * 1000;
const LIFETIMES = { lifetimeMs: LIFETIME_MS, longestTokenMs: LONGEST_ACCESS_TOKEN_SECONDS * 1000 };
// 48 bytes in base64url have neither padding nor a second spelling.
const TOKEN = /^[\w-]{64}$/;

/** What {@link RefreshTokens} need. `now` gives ms since the epoch, `mono` ms on a clock that nobody sets, `random` so many random bytes. */
export interface RefreshTokensDeps {
  readonly store: RefreshTokenStore;
  readonly issuer: AccountIssuer;
  readonly now: () => number;
  readonly mono: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/** An access token, for `expiresIn` seconds, and the refresh token that follows it. */
export interface Login {
  readonly token: string;
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** Gives, takes and ends refresh tokens. `address` is the client's. */
export class RefreshTokens {
  readonly #deps: RefreshTokensDeps;
  readonly #attempts = new AttemptThrottle({ burst: 60, intervalMs: 1_000 });

  constructor(deps: RefreshTokensDeps) {
    this.#deps = deps;
  }

  /**
   * Begins a family for an account whose password was right; null when it was changed meanwhile; `unavailable`.
   */
  async begin(account: Account): Promise<Result<Login | null>> {
    const { store, now } = this.#deps;
    const token = this.#newToken();
    const at = now();
    const family = { accountId: account.id, token: token.hash, expiresAt: at + LIFETIME_MS };
    const begun = await store.begin(family, account.passwordHash, MAX_FAMILIES_PER_ACCOUNT, at);
    if (!begun.ok) return begun;
    return ok(begun.value === null ? null : await this.#login(account, token, begun.value));
  }

  /**
   * The next tokens for `refreshToken`, with the account's name and roles of now. Whatever is wrong with it gets the
   * same `unauthorized`, and when it was used before its family ends; `rate_limited`, `unavailable`.
   */
  async refresh(refreshToken: string, address: string): Promise<Result<Login>> {
    const { store, now, mono, random } = this.#deps;
    const wait = this.#attempts.take(address, mono());
    if (wait > 0) return fail(tooManyAttempts(wait));
    const token = parse(refreshToken);
    if (token === null) return wrong();
    const next = refreshTokenOf(token.family, random(SECRET_BYTES));
    const at = now();
    const { hash } = token;
    const use = {
      ...{ token: hash, nextSecret: next.hash.secret, expiresAt: at + LIFETIME_MS },
      session: sessionOf(hash.family),
    };
    const used = await store.rotate(use, at);
    if (!used.ok) return used;
    if (used.value === null) return wrong();
    const { account, signedAt } = used.value;
    return ok(await this.#login(account, next, signedAt));
  }

  /**
   * Ends the family of `refreshToken`, and its access tokens. One that isn't known, or no longer, is as good as ended
   * (RFC 7009, section 2.2); `rate_limited`, `unavailable`.
   */
  async end(refreshToken: string, address: string): Promise<Result<void>> {
    const { store, now, mono } = this.#deps;
    const wait = this.#attempts.take(address, mono());
    if (wait > 0) return fail(tooManyAttempts(wait));
    const token = parse(refreshToken);
    if (token === null) return ok(undefined);
    const { family } = token.hash;
    return store.end(family, sessionOf(family), now());
  }

  /**
   * Gives `account` the password that `nextHash` is of, ends all its tokens, and begins the one family that it has then.
   * `conflict` when another change was faster; `unavailable`.
   */
  async changePassword(account: Account, nextHash: string): Promise<Result<Login>> {
    const token = this.#newToken();
    const { id: accountId, passwordHash: knownHash } = account;
    const change = { ...LIFETIMES, accountId, knownHash, nextHash, token: token.hash };
    const changed = await this.#deps.store.changePassword(change, this.#deps.now());
    if (!changed.ok) return changed;
    return changed.value === null
      ? fail(failure('conflict', 'The password was changed by someone else meanwhile.'))
      : ok(await this.#login(account, token, changed.value));
  }

  /** The same whatever the password was, and without a new family; `unauthorized` when there is no account. */
  async resetPassword(accountId: string, nextHash: string, act?: AuditAct): Promise<Result<void>> {
    const change = { ...LIFETIMES, accountId, knownHash: null, nextHash, token: null };
    const changed = await this.#deps.store.changePassword(change, this.#deps.now(), act);
    if (!changed.ok) return changed;
    return changed.value === null ? refused() : ok(undefined);
  }

  #newToken(): RefreshToken {
    const { random } = this.#deps;
    return refreshTokenOf(random(FAMILY_BYTES), random(SECRET_BYTES));
  }

  async #login(account: AccountSummary, { text, hash }: RefreshToken, issuedAt: number): Promise<Login> {
    const access = await this.#deps.issuer.issue(account, { session: hash.family, issuedAt });
    return { ...access, refreshToken: text };
  }
}

interface RefreshToken {
  readonly text: string;
  readonly family: Uint8Array;
  readonly hash: RefreshTokenHash;
}

function refreshTokenOf(family: Uint8Array, secret: Uint8Array): RefreshToken {
  const text = Buffer.concat([family, secret]).toString('base64url');
  return { text, family, hash: { family: sha256(family), secret: sha256(secret) } };
}

function parse(text: string): RefreshToken | null {
  if (!TOKEN.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return refreshTokenOf(bytes.subarray(0, FAMILY_BYTES), bytes.subarray(FAMILY_BYTES));
}

function sessionOf(family: string): RefreshSession {
  return { tokenId: sessionTokenId(family), longestTokenMs: ACCESS_TOKEN_SECONDS * 1000 };
}

// A slow hash guards what people can guess; nobody guesses 256 random bits.
function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function wrong() {
  return fail(failure('unauthorized', 'The refresh token is not valid, or no longer: log in.'));
}
