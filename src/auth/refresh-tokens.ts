/**
 * Refresh tokens: what one who logged in gets new access tokens for, without the password.
 *
 * All tokens that come of one login are a family. Each is used once and brings the next; a second use of one means
 * that two have it, and since nobody can tell which of them is the thief, the family ends (RFC 9700, section 4.14.2).
 * A token is the family's name (128 random bits) and a secret (256), of which stores get SHA-256 alone.
 */
import { createHash } from 'node:crypto';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { AccountIssuer } from './account-issuer.ts';
import { AttemptThrottle } from './attempt-throttle.ts';
import type { AccountSummary, RefreshTokenHash, RefreshTokenStore } from './ports.ts';

/** A refresh token that isn't used lives for so many seconds: 30 days. */
export const REFRESH_TOKEN_SECONDS = 30 * 24 * 3600;
/** Logins of one account that can be refreshed; the one that was used longest ago ends for one more. */
export const MAX_FAMILIES_PER_ACCOUNT = 100;

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
// 48 bytes in base64url have neither padding nor a second spelling.
const TOKEN = /^[\w-]{64}$/;

/** What {@link RefreshTokens} need. `now` gives ms since the epoch, `random` so many random bytes. */
export interface RefreshTokensDeps {
  readonly store: RefreshTokenStore;
  readonly issuer: AccountIssuer;
  readonly now: () => number;
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

  /** Begins a family for an account whose password was right; `unavailable`. */
  async begin(account: AccountSummary): Promise<Result<Login>> {
    const { store, now, random } = this.#deps;
    const family = random(FAMILY_BYTES);
    const secret = random(SECRET_BYTES);
    const hash = { family: sha256(family), secret: sha256(secret) };
    const at = now();
    const begun = await store.begin(account.id, hash, expiryAfter(at), MAX_FAMILIES_PER_ACCOUNT, at);
    return begun.ok ? ok(await this.#login(account, family, secret)) : begun;
  }

  /**
   * The next tokens for `refreshToken`, with the account's name and roles of now. Whatever is wrong with it gets the
   * same `unauthorized`, and when it was used before its family ends; `rate_limited`, `unavailable`.
   */
  async refresh(refreshToken: string, address: string): Promise<Result<Login>> {
    const { store, now, random } = this.#deps;
    const wait = this.#attempts.take(address, now());
    if (wait > 0) return tooOften(wait);
    const token = parse(refreshToken);
    if (token === null) return wrong();
    const secret = random(SECRET_BYTES);
    const at = now();
    const account = await store.rotate(token.hash, sha256(secret), expiryAfter(at), at);
    if (!account.ok) return account;
    return account.value === null ? wrong() : ok(await this.#login(account.value, token.family, secret));
  }

  /**
   * Ends the family of `refreshToken`. One that isn't known, or no longer, is as good as ended (RFC 7009, section 2.2);
   * `rate_limited`, `unavailable`.
   */
  async end(refreshToken: string, address: string): Promise<Result<void>> {
    const wait = this.#attempts.take(address, this.#deps.now());
    if (wait > 0) return tooOften(wait);
    const token = parse(refreshToken);
    return token === null ? ok(undefined) : this.#deps.store.end(token.hash.family);
  }

  async #login(account: AccountSummary, family: Uint8Array, secret: Uint8Array): Promise<Login> {
    const refreshToken = Buffer.concat([family, secret]).toString('base64url');
    return { ...(await this.#deps.issuer.issue(account)), refreshToken };
  }
}

function parse(text: string): { readonly family: Uint8Array; readonly hash: RefreshTokenHash } | null {
  if (!TOKEN.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  const family = bytes.subarray(0, FAMILY_BYTES);
  return { family, hash: { family: sha256(family), secret: sha256(bytes.subarray(FAMILY_BYTES)) } };
}

function expiryAfter(now: number): number {
  return now + REFRESH_TOKEN_SECONDS * 1000;
}

// A slow hash guards what people can guess; nobody guesses 256 random bits.
function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}

function wrong() {
  return fail(failure('unauthorized', 'The refresh token is not valid, or no longer: log in.'));
}

function tooOften(waitMs: number) {
  return fail(failure('rate_limited', 'Too many attempts.', waitMs));
}
