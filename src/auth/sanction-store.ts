/** Bans and mutes that hold everywhere, as a store keeps them. Times are ms since the epoch. */
import type { UserRef } from '../protocol/entities.ts';
import type { Result } from '../protocol/result.ts';

/** What somebody can be kept from everywhere: to be here, or to write. */
export type SanctionKind = 'ban' | 'mute';

/** A ban or mute that is to hold from now on. */
export interface NewSanction {
  /** Later ones sort later: a UUIDv7. */
  readonly id: string;
  readonly kind: SanctionKind;
  readonly user: UserRef;
  readonly by: UserRef;
  readonly reason?: string;
  /** Of a ban: no guest of this address comes in either. Canonical. */
  readonly address?: string;
  readonly at: number;
  /** Null: without end. */
  readonly until: number | null;
  /** Of a ban: the user's messages since then are to be deleted. */
  readonly deleteSince?: number;
}

/** A ban or mute as it is kept. */
export interface StoredSanction extends Omit<NewSanction, 'at' | 'deleteSince'> {
  readonly createdAt: number;
  /** When another took its place or it was pardoned; null: neither. */
  readonly endedAt: number | null;
  /** Who pardoned it; null: nobody. */
  readonly endedBy: UserRef | null;
}

/** A pardon. */
export interface Pardon {
  readonly kind: SanctionKind;
  readonly user: UserRef;
  /** Only this one of the user's; absent: the one that is in force. */
  readonly id?: string;
  readonly by: UserRef;
  readonly at: number;
}

/** Which ones are listed, the newest first. */
export interface SanctionQuery {
  readonly kind: SanctionKind;
  /** Of this user (an id) alone. */
  readonly user?: string;
  /** Only those that are in force (true), or only those that aren't. */
  readonly active?: boolean;
  /** Those that are older than the one with this id. */
  readonly before?: string;
  /** At least 1. */
  readonly limit: number;
}

/** A stretch of the list. */
export interface SanctionPage {
  readonly items: readonly StoredSanction[];
  readonly hasMore: boolean;
}

/** What changed of one, as every server is told. */
export interface SanctionChange {
  readonly id: string;
  readonly kind: SanctionKind;
  readonly userId: string;
  readonly until: number | null;
  readonly reason?: string;
  readonly address?: string;
  /** It was pardoned, or another took its place. */
  readonly isOver: boolean;
  /** Messages of the user are still to be deleted. */
  readonly deletes: boolean;
}

/** A ban whose user's messages are to be deleted. */
export interface PendingDeletion {
  /** Of the ban. */
  readonly id: string;
  readonly user: string;
  readonly by: UserRef;
  /** Those sent since then, and until then: the ban held everywhere soon after. */
  readonly since: number;
  readonly at: number;
}

/** Keeps them with their history, and what is done in the audit log. Changes are told by {@link SecurityStore.changesAfter}. */
export interface SanctionStore {
  /** It takes the place of one of the same kind and user; whether that was in force. */
  sanction(sanction: NewSanction): Promise<Result<{ readonly replaced: boolean }>>;
  /** Ends what is in force; null when that is nothing. */
  pardon(pardon: Pardon): Promise<Result<StoredSanction | null>>;
  /** The one with this id, whatever became of it; null when there is none. */
  find(kind: SanctionKind, id: string): Promise<Result<StoredSanction | null>>;
  /** `now` says what is in force. */
  list(query: SanctionQuery, now: number): Promise<Result<SanctionPage>>;
  /** The oldest bans whose deletions aren't done, at most `limit`. */
  deletions(limit: number): Promise<Result<readonly PendingDeletion[]>>;
  /** Channels in which the user has sent messages within that time, at least those that were sent last. */
  channelsOf(user: string, since: number, until: number): Promise<Result<readonly string[]>>;
  /** The deletions of this ban are done. */
  deleted(id: string): Promise<Result<void>>;
}
