/** Signs and verifies the server's own tokens (RFC 7519), of which there are kinds that never pass for one another. */
import { SignJWT, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { failure } from '../protocol/errors.ts';
import type { Failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { SERVER_KEY_ALGORITHM } from './server-keys.ts';
import type { ServerKeys } from './server-keys.ts';

/** Longest token that is looked at, characters (all of a JWT are ASCII). */
export const MAX_TOKEN_LENGTH = 8 * 1024;

/** What sets a kind of token apart: all three are demanded when one is verified. */
export interface TokenKind {
  readonly issuer: string;
  readonly audience: string;
  /** The header's `typ`. */
  readonly typ: string;
  readonly lifetimeSeconds: number;
}

/** What stands in a token beside the claims that its kind brings. */
export interface TokenClaims extends JWTPayload {
  readonly sub: string;
}

/** Signs `claims` as a token of `kind`, from `now` (ms since the epoch) on, for `seconds` where they are given. */
export async function signToken(
  keys: ServerKeys,
  kind: TokenKind,
  claims: TokenClaims,
  now: number,
  seconds = kind.lifetimeSeconds,
): Promise<string> {
  // A NumericDate may have a fraction (RFC 7519, section 2): a revocation tells what was signed just before it from
  // what was signed just after.
  const issuedAt = now / 1000;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: SERVER_KEY_ALGORITHM, kid: keys.signing.kid, typ: kind.typ })
    .setIssuer(kind.issuer)
    .setAudience(kind.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(keys.signing.key);
}

/** Claims of a token that holds; times are ms since the epoch. */
export type VerifiedClaims = TokenClaims & { readonly issuedAt: number; readonly expiresAt: number };

/**
 * The claims of a token of `kind` that holds at `now` (ms since the epoch), else `unauthorized`; `unavailable` when its
 * key isn't known and the store that may know it is away.
 */
export async function verifyToken(
  keys: ServerKeys,
  kind: TokenKind,
  token: string,
  now: number,
): Promise<Result<VerifiedClaims>> {
  if (token.length > MAX_TOKEN_LENGTH) return refused();
  let away: Failure | undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        const key = await keys.find(kid);
        if (!key.ok) away = key.failure;
        if (!key.ok || key.value === null) throw new Error('unknown key');
        return key.value;
      },
      {
        algorithms: [SERVER_KEY_ALGORITHM],
        issuer: kind.issuer,
        audience: kind.audience,
        typ: kind.typ,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: new Date(now),
      },
    );
    const { sub, iat, exp } = payload;
    if (sub === undefined || iat === undefined || exp === undefined) return refused();
    // A fraction of a second isn't exact in binary; both were whole milliseconds.
    const [issuedAt, expiresAt] = [Math.round(iat * 1000), Math.round(exp * 1000)];
    // jose compares whole seconds; what is revoked is forgotten to the millisecond.
    return expiresAt <= now ? refused() : ok({ ...payload, sub, issuedAt, expiresAt });
  } catch {
    // Everything else that is thrown here comes from what stands in the token.
    return away === undefined ? refused() : fail(away);
  }
}

/** The one answer to every token that doesn't hold: why is nobody's business. */
export function refused() {
  return fail(failure('unauthorized', 'The token is not valid, or no longer.'));
}
