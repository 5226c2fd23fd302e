/** Who someone is, once it is proved. */
import { createHash } from 'node:crypto';
import type { Principal, Role, User } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';

/** A proved identity. (issuer, subject) never changes for a person; times are ms since the epoch. */
export interface Identity {
  readonly user: Principal;
  readonly issuer: string;
  readonly subject: string;
  /** Whether this server keeps an account for the user: its record says name, avatar and roles then. */
  readonly account: boolean;
  /** Roles that the token itself gives; the user's may be others by now. */
  readonly tokenRoles: readonly Role[];
  /** What the token can be revoked by: its `jti`, and the session that it belongs to. */
  readonly tokenIds: readonly string[];
  /** When the token was signed; 0 when it doesn't say, so that any revocation of the user ends it. */
  readonly issuedAt: number;
  /** When the token ends; absent: it doesn't end while a connection lives. */
  readonly expiresAt?: number;
  /** The program that the token was given to (`azp`). */
  readonly clientId?: string;
}

/** What a token that an issuer vouches for says. Times are ms since the epoch. */
export interface VerifiedToken {
  readonly subject: string;
  /** Set by an issuer that vouches for the users of others: whose the subject is. */
  readonly issuer?: string;
  /** Set by issuers whose subjects are users of this server: their id, with a name that is unique already. */
  readonly account?: { readonly id: string; readonly name: string };
  /** The name that the issuer knows; it still has to be claimed. */
  readonly name?: string;
  readonly roles: readonly Role[];
  readonly avatar?: string;
  /** The program that the token was given to (`azp`). */
  readonly clientId?: string;
  /** See {@link Principal.channels}. */
  readonly channels?: readonly string[];
  /** See {@link Identity.tokenIds}. */
  readonly tokenIds: readonly string[];
  readonly issuedAt?: number;
  readonly expiresAt?: number;
}

/** What the user is told of themselves. */
export function shownUser({ id, name, guest, roles, avatar, mutedUntil }: Principal): User {
  return {
    ...{ id, name, guest, roles },
    ...(avatar === undefined ? {} : { avatar }),
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
  };
}

/** Someone who signs access tokens. `issuer` is compared with a token's `iss` exactly. */
export interface TokenIssuer {
  readonly issuer: string;
  /** `unauthorized` for any token that doesn't hold; `unavailable` when the issuer's keys can't be had. */
  verify(token: string): Promise<Result<VerifiedToken>>;
}

/**
 * The id of an issuer's user, the same for ever: a UUID of version 8 (RFC 9562) from SHA-256 over issuer and subject.
 * A line break can't stand in an issuer (a URL or URN), so no two pairs give the same text.
 */
export function derivedUserId(issuer: string, subject: string): string {
  const bytes = createHash('sha256').update(`${issuer}\n${subject}`, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
