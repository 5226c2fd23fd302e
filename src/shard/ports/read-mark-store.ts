/**
 * Up to where users have read channels, and what of them they haven't. Implementations: storage/postgres-read-marks.ts and
 * storage/memory/memory-read-marks.ts, held together by one contract suite. An outage is `unavailable`, never an exception,
 * and then every call may be made again; texts must be storable (protocol/text.ts).
 */
import type { Result } from '../../protocol/result.ts';
import type { ChannelUnread, UnreadState } from '../../protocol/unread.ts';

/** A user has read a channel up to `seq`. What is less than before changes nothing. */
export interface ReadMark {
  readonly user: string;
  readonly channelId: string;
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** What marks have come to. */
export interface MarkedChannel extends UnreadState {
  readonly user: string;
  readonly channelId: string;
}

/** A channel that somebody follows. Whether they may still read it is for the asker to decide. */
export interface FollowedChannel extends ChannelUnread {
  readonly private: boolean;
  /** Whether the user is a member, as the tables beside the log have it; and whether they are banned or kicked now. */
  readonly isMember: boolean;
  readonly isOut: boolean;
}

/** See the head of the file. */
export interface ReadMarkStore {
  /**
   * Commits marks, no two of one user and channel, in one transaction. A mark beyond the newest event goes up to that one;
   * in a channel without any there is none. Answers with as many, in any order, as they stand then.
   */
  mark(marks: readonly ReadMark[]): Promise<Result<readonly MarkedChannel[]>>;
  /**
   * By user, no two alike, in their order: the channels whose marks moved last, and those to which they came as members
   * last, at most MAX_FOLLOWED_CHANNELS each, and those with mentions that aren't read. Or `channels`, those of them that
   * exist.
   */
  unread(
    users: readonly string[],
    channels?: readonly string[],
  ): Promise<Result<readonly (readonly FollowedChannel[])[]>>;
}
