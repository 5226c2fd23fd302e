/**
 * What the claims of an access token say of its bearer, whichever provider wrote them (docs/SPEC.md, AUTH rules). Pure:
 * the token is proved before it comes here.
 */
import type { Role } from '../protocol/entities.ts';
import { isChannelId } from '../protocol/limits.ts';
import { isStorable } from '../protocol/text.ts';
import { parseAvatarAddress } from './avatar-address.ts';
import { parseDisplayName } from './display-name.ts';
import { sessionTokenId } from './account-issuer.ts';
import type { VerifiedToken } from './identity.ts';

/** Claims by name. */
export type Claims = Readonly<Record<string, unknown>>;

/** Longest subject (OpenID Connect Core 1.0, section 2), token id and client id, characters. */
export const MAX_CLAIM_LENGTH = 255;
/** The latest time that JavaScript can tell, ms since the epoch. */
const LATEST = 8_640_000_000_000_000;

const NAME_CLAIMS = ['preferred_username', 'name', 'given_name'] as const;
/** What a provider may call our roles. There is no way to become a guest from outside. */
const ROLE_NAMES: ReadonlyMap<string, Role> = new Map([
  ['moderator', 'moderator'],
  ['admin', 'admin'],
  ['hubbub:moderator', 'moderator'],
  ['hubbub:admin', 'admin'],
]);

/**
 * Reads `claims`; `clients` are the names (client ids, audiences) under which the issuer knows this server, whose roles
 * count. Null when `sub` or `exp` is missing or no such thing, or when `channels` isn't a list: it was meant to limit.
 */
export function readClaims(claims: Claims, clients: readonly string[]): VerifiedToken | null {
  const { sub, exp, iat } = claims;
  if (!isBounded(sub) || typeof exp !== 'number') return null;
  const channels = claims['channels'] === undefined ? undefined : channelPatterns(claims['channels']);
  if (channels === null) return null;
  const clientId = clientOf(claims);
  const name = firstName(claims);
  const avatar = avatarOf(claims['picture']);
  return {
    subject: sub,
    roles: rolesOf(claims, clients.length > 0 || clientId === undefined ? clients : [clientId]),
    tokenIds: tokenIdsOf(claims),
    expiresAt: Math.min(exp * 1000, LATEST),
    ...(typeof iat === 'number' ? { issuedAt: iat * 1000 } : {}),
    ...(name === undefined ? {} : { name }),
    ...(avatar === undefined ? {} : { avatar }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(channels === undefined ? {} : { channels }),
  };
}

/** The program that a token was given to: `azp`, or RFC 9068's `client_id`. */
export function clientOf({ azp, client_id: clientId }: Claims): string | undefined {
  if (isBounded(azp)) return azp;
  return isBounded(clientId) ? clientId : undefined;
}

function firstName(claims: Claims): string | undefined {
  for (const claim of NAME_CLAIMS) {
    const text = claims[claim];
    const name = typeof text === 'string' ? parseDisplayName(text) : null;
    if (name?.ok === true) return name.value;
  }
  return undefined;
}

function avatarOf(picture: unknown): string | undefined {
  const avatar = typeof picture === 'string' ? parseAvatarAddress(picture) : null;
  return avatar?.ok === true ? avatar.value : undefined;
}

function rolesOf(claims: Claims, clients: readonly string[]): readonly Role[] {
  const access = objectOf(claims['resource_access']);
  const named = [
    ...namesIn(claims['roles']),
    // Kinde, Auth0.
    ...namesIn(claims['permissions']),
    // Keycloak: of the realm, then of clients. Only an own key counts: clients may be called anything.
    ...namesIn(objectOf(claims['realm_access'])['roles']),
    ...clients.flatMap((id) => (Object.hasOwn(access, id) ? namesIn(objectOf(access[id])['roles']) : [])),
  ];
  return [...new Set<Role>(['user', ...named.flatMap((name) => ROLE_NAMES.get(name) ?? [])])];
}

/** The texts of a list, and the `key` of each object in it: so Kinde writes roles. */
function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list
    .map((item: unknown) => (typeof item === 'string' ? item : objectOf(item)['key']))
    .filter((name) => typeof name === 'string');
}

/** A token's own id, and its session's, which no token's id can be taken for. */
function tokenIdsOf({ jti, sid }: Claims): readonly string[] {
  return [...(isBounded(jti) ? [jti] : []), ...(isBounded(sid) ? [sessionTokenId(sid)] : [])];
}

/** Entries that no channel's id can match are left out: they open nothing. Null when it isn't a list. */
function channelPatterns(claim: unknown): readonly string[] | null {
  if (!Array.isArray(claim)) return null;
  return claim.filter((entry) => typeof entry === 'string').filter(isChannelPattern);
}

function isChannelPattern(text: string): boolean {
  return text === '*' || isChannelId(text.endsWith('*') ? text.slice(0, -1) : text);
}

function isBounded(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_CLAIM_LENGTH && isStorable(value);
}

function objectOf(value: unknown): Claims {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
