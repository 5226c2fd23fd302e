/** Proves access tokens that somebody else signed (RFC 7519, 8725, 9068): what holds for all of them. */
import { decodeProtectedHeader, jwtVerify } from 'jose';
import type { CryptoKey, JWTVerifyOptions, ProtectedHeaderParameters } from 'jose';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Claims } from './claims.ts';
import { MAX_TOKEN_LENGTH, refused } from './signed-token.ts';

/** Who signed it is let be ahead of us by so many seconds; nothing holds longer than it says. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** Types of a header (RFC 8725, section 3.11); the media type's prefix may stand in front. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);
/** An access token has no use for them: each would let the bearer say which key or which rules hold. */
const SUSPICIOUS = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'] as const;

/** The part of a header that picks a key. */
export interface KeyWish {
  readonly alg: string;
  readonly kid?: string;
}

/** What a token must be. */
export interface ForeignTokenDemands {
  readonly algorithms: readonly string[];
  /** Exactly this `iss`; absent: whichever. */
  readonly issuer?: string;
  /** One of these stands in `aud`; empty: whoever the token is for. */
  readonly audience: readonly string[];
  /** Keys that it may be signed with, more than one where they can't be told apart. */
  readonly keys: (wish: KeyWish) => Promise<Result<readonly CryptoKey[]>>;
}

/**
 * The claims of a token that holds at `now` (ms since the epoch), `sub` and `exp` among them; else `unauthorized`, or
 * why there is no key. Keys are only asked for when the header is acceptable.
 */
export async function proveForeignToken(
  token: string,
  { algorithms, issuer, audience, keys }: ForeignTokenDemands,
  now: number,
): Promise<Result<Claims>> {
  const wish = token.length > MAX_TOKEN_LENGTH ? null : keyWish(token, algorithms);
  if (wish === null) return refused();
  const candidates = await keys(wish);
  if (!candidates.ok) return candidates;
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience.length === 0 ? {} : { audience: [...audience] }),
    requiredClaims: ['sub', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now),
  };
  for (const key of candidates.value) {
    const claims = await verified(token, key, options);
    if (claims !== null) return timely(claims, now) && isBearerToken(claims) ? ok(claims) : refused();
  }
  return refused();
}

function keyWish(token: string, algorithms: readonly string[]): KeyWish | null {
  const header = headerOf(token);
  if (header === null || SUSPICIOUS.some((name) => name in header)) return null;
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) return null;
  if (kid !== undefined && typeof kid !== 'string') return null;
  if (typ !== undefined && !isKnownType(typ)) return null;
  return { alg, ...(kid === undefined ? {} : { kid }) };
}

function headerOf(token: string): ProtectedHeaderParameters | null {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}

function isKnownType(typ: unknown): boolean {
  return typeof typ === 'string' && TYPES.has(typ.toLowerCase().replace(/^application\//, ''));
}

async function verified(token: string, key: CryptoKey, options: JWTVerifyOptions): Promise<Claims | null> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch {
    // Everything that jose throws here comes from what stands in the token, or from a key that no such token can have.
    return null;
  }
}

// The tolerance is for clocks that are ahead of ours. A socket closes at `exp`, so a token isn't let in after it; and
// one from the future would outlive the revocation of all its user's tokens.
function timely({ exp, iat }: Claims, now: number): boolean {
  if (typeof exp !== 'number' || exp * 1000 <= now) return false;
  return iat === undefined || (typeof iat === 'number' && iat * 1000 <= now + CLOCK_TOLERANCE_SECONDS * 1000);
}

// Keycloak tells kinds of tokens apart in a claim. A token that is bound to a key (RFC 7800) is nothing without a proof
// that its bearer has the key, and nobody asks for one here.
function isBearerToken({ typ, cnf }: Claims): boolean {
  return (typ === undefined || typ === 'Bearer') && cnf === undefined;
}
