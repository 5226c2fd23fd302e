/** Access tokens of an OpenID Connect provider (docs/adr/0009-issuers.md). */
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { clientOf, readClaims } from '../claims.ts';
import type { Claims } from '../claims.ts';
import { proveForeignToken } from '../foreign-token.ts';
import type { TokenIssuer, VerifiedToken } from '../identity.ts';
import { refused } from '../signed-token.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { IssuerKeysDeps } from './issuer-keys.ts';

/** Signatures by a key pair only: what is verified with a published key must not be a secret. */
const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** What an {@link OidcIssuer} needs. `now` gives ms since the epoch. */
export interface OidcIssuerDeps extends IssuerKeysDeps {
  /** This server's client id at the issuer. */
  readonly clientId?: string;
  /** One of these a token must name as its audience; empty: the client id, where there is one. */
  readonly audience: readonly string[];
  readonly now: () => number;
}

/** One issuer, with keys that no other issuer's tokens are verified with. */
export class OidcIssuer implements TokenIssuer {
  readonly issuer: string;
  readonly clientId: string | undefined;
  readonly audience: readonly string[];
  readonly keys: IssuerKeys;
  readonly #now: () => number;
  /** Names that the issuer has for this server. */
  readonly #clients: readonly string[];

  constructor(deps: OidcIssuerDeps) {
    this.issuer = deps.issuer;
    this.clientId = deps.clientId;
    this.audience = deps.audience;
    this.keys = new IssuerKeys(deps);
    this.#now = deps.now;
    this.#clients = [...(deps.clientId === undefined ? [] : [deps.clientId]), ...deps.audience];
  }

  async verify(token: string): Promise<Result<VerifiedToken>> {
    const demands = {
      algorithms: ALGORITHMS,
      issuer: this.issuer,
      audience: this.audience,
      keys: this.keys.find.bind(this.keys),
    };
    const claims = await proveForeignToken(token, demands, this.#now());
    if (!claims.ok) return claims;
    if (!this.#isForUs(claims.value)) return refused();
    const read = readClaims(claims.value, this.#clients);
    return read === null ? refused() : ok(read);
  }

  // Where OIDC_AUDIENCE is set, the audience was checked with the signature.
  #isForUs(claims: Claims): boolean {
    if (this.audience.length > 0 || this.clientId === undefined) return true;
    const { aud } = claims;
    const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    return named.includes(this.clientId) || clientOf(claims) === this.clientId;
  }
}
