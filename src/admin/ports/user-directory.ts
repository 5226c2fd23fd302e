/** Everybody who has a name here, as those who look after the server see them. Times are ms since the epoch; outages are `unavailable`. */
import type { Person } from '../../auth/access-changes.ts';
import type { Role } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';

/** Someone: an account, a guest, a user of another issuer. */
export interface KnownUser extends Person {
  /** Those that hold everywhere: of another issuer's user those of the token that was seen last, and those given here. */
  readonly roles: readonly Role[];
  readonly avatar?: string;
  /** Of an account that has one. */
  readonly email?: string;
  /** Who vouches for a user of another issuer. */
  readonly issuer?: string;
  /** When the account was made, or somebody else was seen first. */
  readonly since: number;
  /** What keeps them out everywhere. */
  readonly ban?: { readonly id: string; readonly until: number | null; readonly reason?: string };
}

/** Users for whom all of it holds, by their names without regard to case. */
export interface UserQuery {
  /** Their names begin so. */
  readonly prefix?: string;
  /** Their names have that in them. */
  readonly part?: string;
  /** No guests. */
  readonly isRegistered?: boolean;
  /** Whether they are banned everywhere; absent: both. */
  readonly isBanned?: boolean;
  /** Behind this name. */
  readonly after?: string;
  /** So many are left out first. */
  readonly offset: number;
  /** At least 1. */
  readonly limit: number;
}

/** A stretch of them. */
export interface UserPage {
  readonly items: readonly KnownUser[];
  readonly hasMore: boolean;
}

/** Lists and finds users; `now` says which bans are in force. */
export interface UserDirectory {
  list(query: UserQuery, now: number): Promise<Result<UserPage>>;
  /** By id; null when there is nobody. */
  find(id: string, now: number): Promise<Result<KnownUser | null>>;
  /** Ids of channels of which the user is a member. */
  memberships(id: string): Promise<Result<readonly string[]>>;
}
