/**
 * What holds of tokens and users at this moment beside what tokens say: revocations, roles that were given or taken, a
 * new name, bans and mutes from everywhere. Held in memory, so that asking costs nothing; whoever owns it applies what the store tells.
 */
import type { Role } from '../protocol/entities.ts';
import type { Held } from '../protocol/sanctions.ts';
import { HeldSanctions } from './held-sanctions.ts';
import type { Identity } from './identity.ts';
import type { SecurityChanges, Standing } from './ports.ts';

/** See the head of the file. `now` gives ms since the epoch. */
export class Standings {
  readonly #now: () => number;
  /** Ids of tokens and sessions → when the last of their tokens ends. */
  readonly #revoked = new Map<string, number>();
  /** By user id. */
  readonly #users = new Map<string, Standing>();
  readonly #sanctions = new HeldSanctions();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Entries that are held. */
  get size(): number {
    return this.#revoked.size + this.#users.size + this.#sanctions.size;
  }

  /** Takes changes in. */
  apply({ tokens, standings, sanctions }: SecurityChanges): void {
    for (const { tokenId, until } of tokens) this.#revoked.set(tokenId, until);
    for (const standing of standings) this.#users.set(standing.userId, standing);
    this.#sanctions.apply(sanctions);
  }

  /** Forgets what no token that is still good can be concerned by. */
  tidy(): void {
    const now = this.#now();
    for (const [tokenId, until] of this.#revoked) if (until <= now) this.#revoked.delete(tokenId);
    for (const [userId, { until }] of this.#users) if (until <= now) this.#users.delete(userId);
    this.#sanctions.tidy(now);
  }

  /** The ban that keeps the user out everywhere, or a guest who comes from `address` (canonical); null: none. */
  banOf({ user }: Pick<Identity, 'user'>, address?: string): Held | null {
    return this.#sanctions.banOf(user, address, this.#now());
  }

  /** The ban that keeps guests of `address` (canonical) out; null: none. */
  banOfAddress(address: string | undefined): Held | null {
    return this.#sanctions.banOfAddress(address, this.#now());
  }

  /** Whether the user is banned from everywhere. */
  isBanned(userId: string): boolean {
    return this.#sanctions.banOf({ id: userId, guest: false }, undefined, this.#now()) !== null;
  }

  /** The identity as it is now: the same object when nothing is different, null when it was revoked. */
  current(identity: Identity): Identity | null {
    if (identity.tokenIds.some((tokenId) => this.#revoked.has(tokenId))) return null;
    const standing = this.#users.get(identity.user.id);
    if (standing !== undefined && identity.issuedAt < standing.revokedBefore) return null;
    const known = identity.account ? withProfile(identity, standing) : withRoles(identity, standing);
    return withMute(known, this.#sanctions.mutedUntil(identity.user.id, this.#now()));
  }
}

function withMute(identity: Identity, mutedUntil: number | null | undefined): Identity {
  if (identity.user.mutedUntil === mutedUntil) return identity;
  const user = { ...identity.user };
  delete user.mutedUntil;
  return { ...identity, user: mutedUntil === undefined ? user : { ...user, mutedUntil } };
}

/** Where there is no record of a change, the token is as new as the account's record. */
function withProfile(identity: Identity, standing: Standing | undefined): Identity {
  const profile = standing?.profile ?? null;
  if (profile === null) return identity;
  const { avatar, ...user } = identity.user;
  if (user.name === profile.name && avatar === profile.avatar && sameRoles(user.roles, profile.roles)) {
    return identity;
  }
  return { ...identity, user: { ...user, ...profile } };
}

function withRoles(identity: Identity, standing: Standing | undefined): Identity {
  const roles = [...new Set([...identity.tokenRoles, ...(standing?.roles ?? [])])];
  return sameRoles(roles, identity.user.roles)
    ? identity
    : { ...identity, user: { ...identity.user, roles } };
}

function sameRoles(some: readonly Role[], others: readonly Role[]): boolean {
  return some.length === others.length && some.every((role) => others.includes(role));
}
