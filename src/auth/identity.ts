/** Who someone is, once it is proved. */
import { createHash } from 'node:crypto';
import type { Role, User } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';

/** A proved identity. (issuer, subject) never changes for a person; `expiresAt` is in ms since the epoch. */
export interface Identity {
  readonly user: User;
  readonly issuer: string;
  readonly subject: string;
  /** The token's `jti`. */
  readonly tokenId?: string;
  /** When the token ends; absent: it doesn't end while a connection lives. */
  readonly expiresAt?: number;
}

/** What a token that an issuer vouches for says. */
export interface VerifiedToken {
  readonly subject: string;
  /** Set by issuers whose subjects are users of this server: their id, with a name that is unique already. */
  readonly account?: { readonly id: string; readonly name: string };
  /** The name that the issuer knows; it still has to be claimed. */
  readonly name?: string;
  readonly roles: readonly Role[];
  readonly avatar?: string;
  readonly tokenId?: string;
  /** ms since the epoch. */
  readonly expiresAt?: number;
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
