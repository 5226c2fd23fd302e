/** Access tokens of local accounts, signed by the server's own key. */
import type { Role } from '../protocol/entities.ts';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { TokenIssuer, VerifiedToken } from './identity.ts';
import type { AccountSummary } from './ports.ts';
import type { ServerKeys } from './server-keys.ts';
import { refused, signToken, verifyToken } from './signed-token.ts';
import type { TokenKind } from './signed-token.ts';

/** An access token lives for so many seconds. */
export const ACCESS_TOKEN_SECONDS = 3600;

const ACCOUNT_ROLES: readonly string[] = ['user', 'moderator', 'admin'] satisfies Role[];

/** What an {@link AccountIssuer} needs. `now` gives ms since the epoch. */
export interface AccountIssuerDeps {
  /** `iss` of its tokens: the server's public URL, or a URN. */
  readonly issuer: string;
  readonly keys: ServerKeys;
  readonly now: () => number;
  readonly newId: () => string;
}

/** Signs and verifies access tokens; name and roles travel in them, so that verifying asks no store. */
export class AccountIssuer implements TokenIssuer {
  readonly issuer: string;
  readonly #deps: AccountIssuerDeps;
  readonly #kind: TokenKind;

  constructor(deps: AccountIssuerDeps) {
    this.issuer = deps.issuer;
    this.#deps = deps;
    this.#kind = {
      issuer: deps.issuer,
      audience: 'hubbub',
      // RFC 9068, section 2.1.
      typ: 'at+jwt',
      lifetimeSeconds: ACCESS_TOKEN_SECONDS,
    };
  }

  /** A new access token for `account`; `expiresIn` in seconds. */
  async issue(account: AccountSummary): Promise<{ readonly token: string; readonly expiresIn: number }> {
    const { keys, now, newId } = this.#deps;
    const claims = { sub: account.id, jti: newId(), name: account.name, roles: [...account.roles] };
    return { token: await signToken(keys, this.#kind, claims, now()), expiresIn: ACCESS_TOKEN_SECONDS };
  }

  async verify(token: string): Promise<Result<VerifiedToken>> {
    const verified = await verifyToken(this.#deps.keys, this.#kind, token, this.#deps.now());
    if (!verified.ok) return verified;
    const { sub, iat, exp, jti, name, roles } = verified.value;
    if (typeof name !== 'string' || !Array.isArray(roles)) return refused();
    return ok({
      subject: sub,
      account: { id: sub, name },
      roles: roles.filter(isRole),
      tokenIds: jti === undefined ? [] : [jti],
      issuedAt: iat * 1000,
      expiresAt: exp * 1000,
    });
  }
}

function isRole(role: unknown): role is Role {
  return typeof role === 'string' && ACCOUNT_ROLES.includes(role);
}
