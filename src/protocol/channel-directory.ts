/** The channels that exist, as lists and REST need them; actors load their own record. */
import { type AuditAct, type AuditActor, actBy } from './audit-act.ts';
import { type ChannelSettings, DEFAULT_SETTINGS } from './channel-settings.ts';
import { type Limited, type Place, RANKS, rankOf, type Standing } from './decide.ts';
import type { ChannelRole, ChannelSummary, Principal, UserRef } from './entities.ts';
import type { Result } from './result.ts';
import type { ChannelRetention } from './retention.ts';
import { isInForce } from './sanctions.ts';
import type { Reader } from './shadow.ts';

/**
 * Which part of the directory: ids that begin with `prefix`, behind the channel `after`. Channels that have a place come in the
 * order of their places, then the others in that of their ids.
 */
export interface DirectoryQuery {
  readonly prefix?: string;
  /** Only these ids. */
  readonly among?: readonly string[];
  readonly after?: string;
  readonly limit: number;
  /** Only these, private ones among them: ids, or their beginnings followed by `*` (`channels` of a principal). */
  readonly within?: readonly string[];
  /** Private ones too of which this user is a member; counts without `within`. */
  readonly member?: string;
}

/** A part of the directory, in its order. */
export interface DirectoryPage {
  readonly items: readonly ChannelSummary[];
  readonly hasMore: boolean;
}

/** A channel as one user stands in it. */
export interface ChannelOfUser {
  readonly channel: ChannelSummary;
  readonly settings: Partial<ChannelSettings>;
  /** Null: no member, and without a role. */
  readonly standing: Standing | null;
  /** Of this user there, those that nobody ended; some may be over by their time. */
  readonly sanctions: readonly { readonly kind: SanctionKind; readonly until: number | null }[];
}

/** A member as lists have them. */
export interface ListedMember {
  readonly user: UserRef;
  readonly role: ChannelRole;
  /** ms since the epoch. */
  readonly joinedAt: number;
}

/** Members of one channel by their ids, behind the user `after`. */
export interface MembersQuery {
  readonly channelId: string;
  readonly after?: string;
  readonly limit: number;
}

/** The order of lists. */
export function byPlace(a: ChannelSummary, b: ChannelSummary): number {
  const [here, there] = [a.position ?? Infinity, b.position ?? Infinity];
  if (here !== there) return here < there ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** Lists and makes channels; those that were deleted aren't there, but their ids are taken unless they were purged. */
export interface ChannelDirectory {
  /** Public channels, and private ones of `member`; or those `within`. */
  list(query: DirectoryQuery): Promise<Result<DirectoryPage>>;
  /** Null when nobody created it and nobody wrote in it. */
  find(id: string): Promise<Result<ChannelSummary | null>>;
  /** The channel with what decides about the user in it; null as for {@link find}. */
  findFor(id: string, userId: string): Promise<Result<ChannelOfUser | null>>;
  /** Whoever belongs to the channel. */
  members(
    query: MembersQuery,
  ): Promise<Result<{ readonly items: readonly ListedMember[]; readonly hasMore: boolean }>>;
  /** The private channels of which each of `users`, no two alike, is a member: in their order, each in the order of lists. */
  privateOf(users: readonly string[]): Promise<Result<readonly (readonly ChannelSummary[])[]>>;
  /** How long messages of these channels are kept, of those that there are. */
  retentionOf(ids: readonly string[]): Promise<Result<ReadonlyMap<string, ChannelRetention>>>;
  /**
   * Creates the channel, makes `by` its owner, and keeps it in the audit log; `created` is false when it existed, and nothing of it changes then.
   * Of one that is deleted nothing but its id is told.
   */
  create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
    retention?: Partial<ChannelRetention>,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>>;
}

type SanctionKind = 'mute' | 'ban' | 'kick' | 'shadow';

/** The user as a reader of the channel's log; `now` in ms since the epoch. */
export function readerOf(
  { id, roles }: Pick<Principal, 'id' | 'roles'>,
  { standing, sanctions }: ChannelOfUser,
  now: number,
): Reader {
  const rank = rankOf(roles, standing?.role);
  const isShadowed = sanctions.some(({ kind, until }) => kind === 'shadow' && isInForce(until, now));
  return { id, seesAll: rank === RANKS.admin || (rank >= RANKS.moderator && !isShadowed) };
}

/** The channel as the decision about that user looks at it. */
export function placeOf(userId: string, { channel, settings, standing, sanctions }: ChannelOfUser): Place {
  const those = (kind: 'mute' | 'ban' | 'kick'): ReadonlyMap<string, Limited> =>
    new Map(sanctions.filter((one) => one.kind === kind).map((one) => [userId, one]));
  return {
    ...{ id: channel.id, private: channel.private, settings: { ...DEFAULT_SETTINGS, ...settings } },
    members: new Map(standing === null ? [] : [[userId, standing]]),
    sanctions: { mute: those('mute'), ban: those('ban'), kick: those('kick') },
  };
}

/** The making of `channel` as the audit log keeps it. */
export function creationOf(
  channel: ChannelSummary,
  by: AuditActor,
  at: number,
  retention: Partial<ChannelRetention> = {},
): AuditAct {
  const { id, name, topic, description, private: isPrivate } = channel;
  const target = { kind: 'channel', id, name } as const;
  return {
    ...actBy(by, at, {
      action: 'channel:created',
      target,
      after: { name, topic, description, private: isPrivate, ...retention },
    }),
    channel: id,
  };
}
