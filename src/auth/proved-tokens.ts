/**
 * Whom tokens were found to be of a moment ago. REST clients show the same token with every request, and checking a
 * signature costs more than most of what they ask for.
 */
import type { Identity } from './identity.ts';

/** A proof holds so long, ms: keys that an issuer withdraws count for no longer than that. */
const FRESH_MS = 30_000;
const MOST_TOKENS = 1_000;

interface Proof {
  readonly identity: Identity;
  /** ms since the epoch. */
  readonly until: number;
}

/** Remembers the newest proofs, by the whole token. What was revoked or changed since is for the caller to look at. */
export class ProvedTokens {
  readonly #proofs = new Map<string, Proof>();

  /** Whose the token is, as it was proved; null when that isn't known, or too long ago, or the token has ended. */
  find(token: string, now: number): Identity | null {
    const proof = this.#proofs.get(token);
    // A proof of the future was made before the clock was set back.
    if (proof === undefined || proof.until <= now || proof.until - now > FRESH_MS) return null;
    return proof.identity;
  }

  /** The token was proved at `now`. */
  remember(token: string, identity: Identity, now: number): void {
    // A Map keeps the order of insertion: what is in front is the oldest.
    this.#proofs.delete(token);
    const [oldest] = this.#proofs.keys();
    if (oldest !== undefined && this.#proofs.size >= MOST_TOKENS) this.#proofs.delete(oldest);
    const until = Math.min(now + FRESH_MS, identity.expiresAt ?? Number.POSITIVE_INFINITY);
    this.#proofs.set(token, { identity, until });
  }
}
