/** What HTTP asks of the shards. No call rejects: a shard that is away, or slow, is a value. */
import type { ChannelSummary, JsonObject, Principal, UserRef } from '../../protocol/entities.ts';
import type { Result } from '../../protocol/result.ts';
import type { ShardStats } from '../../threads/shard-stats.ts';

/** Who is connected to a channel: at most so many of them, and how many there are. */
export interface ChannelPresence {
  readonly members: readonly UserRef[];
  readonly count: number;
}

/** A shard's figures, or null when it didn't tell them in time. */
export interface ShardReport {
  readonly shard: number;
  readonly stats: ShardStats | null;
}

/** Asks and tells shards; the channel's id says which. */
export interface ShardControl {
  /** Who is present; nobody in a channel that the shard doesn't hold. */
  presence(channelId: string): Promise<Result<ChannelPresence>>;
  /** Tells the channel's shard that there is a record now, so that an actor without one takes it. */
  channelCreated(channel: ChannelSummary): Promise<void>;
  /**
   * Carries out a request of `user` as if it had come over WebSocket: the `data` of its answer, or why it was refused. Its outcome
   * is unknown when that is `unavailable`.
   */
  request(channelId: string, user: Principal, type: string, data: object): Promise<Result<JsonObject>>;
  /** The same in the user's own inbox. */
  inboxRequest(user: Principal, type: string, data: object): Promise<Result<JsonObject>>;
  /** How many people are in each of the channels that have any. */
  counts(): Promise<Result<ReadonlyMap<string, number>>>;
  /** Sends a frame to all connections of a user; one that is lost with its shard is not made up for. */
  tell(userId: string, frame: string): Promise<void>;
  /**
   * The figures of every shard, after `timeoutMs` at the latest. Unless `isScrape` is false, what is counted between scrapes is
   * counted anew from then on.
   */
  stats(timeoutMs: number, isScrape?: boolean): Promise<readonly ShardReport[]>;
}
