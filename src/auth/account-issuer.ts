/** Access tokens of local accounts, signed by the server's own key. */
import type { Role } from '../protocol/entities.ts';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { TokenIssuer, VerifiedToken } from './identity.ts';
import type { AccountSummary } from './ports.ts';
import type { ServerKeys } from './server-keys.ts';
import { refused, signToken, verifyToken } from './signed-token.ts';
import type { TokenKind } from './signed-token.ts';

/** An access token of a login lives for so many seconds. */
export const ACCESS_TOKEN_SECONDS = 3600;
/** One that an administrator makes in the terminal lives for so many at most: 30 days. */
export const LONGEST_ACCESS_TOKEN_SECONDS = 30 * 24 * 3600;

const ACCOUNT_ROLES: readonly string[] = ['user', 'moderator', 'admin'] satisfies Role[];

/** What an {@link AccountIssuer} needs. `now` gives ms since the epoch. */
export interface AccountIssuerDeps {
  /** `iss` of its tokens: the server's public URL, or a URN. */
  readonly issuer: string;
  readonly keys: ServerKeys;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What may be said of a new token. */
export interface TokenWishes {
  /** The login that it comes of (`sid`, as OpenID Connect names it); none for a token that stands alone. */
  readonly session?: string;
  /** When it is signed, ms since the epoch; now when absent. */
  readonly issuedAt?: number;
  /** Default {@link ACCESS_TOKEN_SECONDS}, at most {@link LONGEST_ACCESS_TOKEN_SECONDS}. */
  readonly seconds?: number;
}

/** A signed token; `expiresIn` in seconds. */
export interface AccessToken {
  readonly token: string;
  readonly expiresIn: number;
}

/** What all tokens of a login can be revoked by. */
export function sessionTokenId(session: string): string {
  return `session:${session}`;
}

/** Signs and verifies access tokens; name, avatar and roles travel in them, so that verifying asks no store. */
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

  /** A new access token for `account`. */
  async issue(account: AccountSummary, wishes: TokenWishes = {}): Promise<AccessToken> {
    const { keys, now, newId } = this.#deps;
    const { session, issuedAt = now(), seconds = ACCESS_TOKEN_SECONDS } = wishes;
    const { id, name, roles, avatar } = account;
    const claims = {
      ...{ sub: id, jti: newId(), name, roles: [...roles] },
      ...(avatar === undefined ? {} : { picture: avatar }),
      ...(session === undefined ? {} : { sid: session }),
    };
    const expiresIn = Math.min(seconds, LONGEST_ACCESS_TOKEN_SECONDS);
    return { token: await signToken(keys, this.#kind, claims, issuedAt, expiresIn), expiresIn };
  }

  async verify(token: string): Promise<Result<VerifiedToken>> {
    const verified = await verifyToken(this.#deps.keys, this.#kind, token, this.#deps.now());
    if (!verified.ok) return verified;
    const { sub, jti, sid, name, roles, picture, issuedAt, expiresAt } = verified.value;
    if (typeof name !== 'string' || !Array.isArray(roles)) return refused();
    return ok({
      subject: sub,
      account: { id: sub, name },
      roles: roles.filter(isRole),
      ...(typeof picture === 'string' ? { avatar: picture } : {}),
      tokenIds: [
        ...(jti === undefined ? [] : [jti]),
        ...(typeof sid === 'string' ? [sessionTokenId(sid)] : []),
      ],
      issuedAt,
      expiresAt,
    });
  }
}

function isRole(role: unknown): role is Role {
  return typeof role === 'string' && ACCOUNT_ROLES.includes(role);
}
