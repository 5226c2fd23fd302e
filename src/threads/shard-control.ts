/** The control plane of a shard: what main asks of it, seldom. Every call may fail: the thread may be gone. */
import type { MessagePort } from 'node:worker_threads';
import type { AutomodRules } from '../protocol/automod-rules.ts';
import type { JsonObject, Principal, UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { PublishedEvent, PublishedOutcome } from '../protocol/published-event.ts';
import type { Result } from '../protocol/result.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import type { ChannelFloor } from '../protocol/retention.ts';
import type { RemoteControl } from './controlled-thread.ts';
import type { ShardStats } from './shard-stats.ts';

/** Whose messages, sent from when to when (ms since the epoch), and in whose name they are deleted. */
export interface ChannelPurge {
  readonly user: string;
  readonly by: UserRef;
  readonly since: number;
  readonly until: number;
}

/** Calls that a shard's thread answers. */
export interface ShardControl {
  /** Makes the shard ready: what earlier incarnations left in the database is ended. Called once, first. */
  begin(): Promise<void>;
  /** Opens the way to a gateway, new or replaced. */
  connectGateway(index: number, port: MessagePort): void;
  /** A gateway's thread ended, and all of its connections with it. */
  disconnectGateway(index: number): void;
  /** Opens the way to another shard, new or replaced. */
  connectShard(index: number, port: MessagePort): void;
  /** Who is present in a channel: at most `limit` of them, and how many in all. */
  presence(
    channelId: string,
    limit: number,
  ): { readonly members: readonly UserRef[]; readonly count: number };
  /** REST made the channel's record; resolves when the channel has it. */
  channelCreated(channelId: string): Promise<void>;
  /**
   * Carries out a request to a channel that comes over no connection: the `data` of its answer, or why it was refused.
   * `trace`: the span that it is for, where that is recorded.
   */
  request(
    channelId: string,
    user: Principal,
    type: string,
    data: object,
    trace?: TraceContext,
  ): Promise<Result<JsonObject>>;
  /** Carries out what another program published into a channel, in its order: what became of each. */
  publish(channelId: string, events: readonly PublishedEvent[]): Promise<readonly PublishedOutcome[]>;
  /** The same in the user's own inbox, which is this shard's. */
  inboxRequest(
    user: Principal,
    type: string,
    data: object,
    trace?: TraceContext,
  ): Promise<Result<JsonObject>>;
  /** How many people are in each of the channels that have any. */
  counts(): readonly (readonly [channelId: string, count: number])[];
  /** Deletes what a user sent in a channel, in the name of another; null when all of it is done. Goes on beyond a timeout. */
  purge(channelId: string, order: ChannelPurge): Promise<Failure | null>;
  /**
   * Lets go of all that is held of logs and tables in memory, so that it is read anew: somebody was erased. Whether all of it
   * is gone: what is under way in an inbox isn't.
   */
  forget(): Promise<boolean>;
  /** Channels' logs show nothing below these places any more; resolves when what was held of that is let go of. */
  floorsMoved(floors: readonly ChannelFloor[]): Promise<void>;
  /** Messages are judged by these rules from now on. */
  setAutomod(rules: AutomodRules): void;
  /** Sends a frame to all connections of a user whose inbox is this shard's. */
  tell(userId: string, frame: string): void;
  /** `isScrape`: what is counted between scrapes is counted anew from now on. */
  stats(isScrape: boolean): ShardStats;
  /** Ends everything that is under way, the database's connections last. */
  close(): Promise<void>;
}

/** {@link ShardControl} from another thread. */
export type RemoteShardControl = RemoteControl<ShardControl>;
