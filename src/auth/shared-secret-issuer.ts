/** Tokens that a program of the operator's signs with a secret that both know (`JWT_SECRET`). */
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { hasControlCharacters, isStorable } from '../protocol/text.ts';
import { MAX_CLAIM_LENGTH, readClaims } from './claims.ts';
import { proveForeignToken } from './foreign-token.ts';
import type { TokenIssuer, VerifiedToken } from './identity.ts';
import { refused } from './signed-token.ts';

/** Whose users they are when the token doesn't say, and the program that signs has no name. */
export const SHARED_SECRET_ISSUER = 'urn:hubbub:shared-secret';
/** Names of this server's own issuers begin so. */
const OWN_PREFIX = 'urn:hubbub:';

/** What a {@link SharedSecretIssuer} needs. `now` gives ms since the epoch. */
export interface SharedSecretIssuerDeps {
  readonly secret: string;
  /** `iss` of its tokens; absent: any that no other issuer has, or none. */
  readonly issuer?: string;
  readonly now: () => number;
}

/** HS256 with that secret and nothing else. An audience isn't asked for: who has the secret means this server. */
export class SharedSecretIssuer implements TokenIssuer {
  readonly issuer: string;
  readonly #deps: SharedSecretIssuerDeps;
  readonly #key: Promise<CryptoKey>;

  constructor(deps: SharedSecretIssuerDeps) {
    this.#deps = deps;
    this.issuer = deps.issuer ?? SHARED_SECRET_ISSUER;
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const bytes = new TextEncoder().encode(deps.secret);
    this.#key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
  }

  async verify(token: string): Promise<Result<VerifiedToken>> {
    const { issuer, now } = this.#deps;
    const demands = {
      algorithms: ['HS256'],
      audience: [],
      ...(issuer === undefined ? {} : { issuer }),
      keys: async () => ok([await this.#key]),
    };
    const claims = await proveForeignToken(token, demands, now());
    if (!claims.ok) return claims;
    const { iss } = claims.value;
    const named = issuer !== undefined || iss === undefined ? this.issuer : freeName(iss);
    const read = named === null ? null : readClaims(claims.value, []);
    return read === null || named === null ? refused() : ok({ ...read, issuer: named });
  }
}

/** An issuer's name that isn't one of ours and can stand in front of a line break. */
function freeName(iss: unknown): string | null {
  const plain =
    typeof iss === 'string' &&
    iss !== '' &&
    iss.length <= MAX_CLAIM_LENGTH &&
    isStorable(iss) &&
    !hasControlCharacters(iss) &&
    !iss.startsWith(OWN_PREFIX);
  return plain ? iss : null;
}
