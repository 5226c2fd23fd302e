/** What is counted of who was here and what was said. Times are ms since the epoch. */
import type { Result } from '../../protocol/result.ts';
import type { Tile } from '../activity/tiles.ts';

/** Sessions of one stretch. */
export interface SessionTotal {
  /** Sessions that began in it. */
  readonly begun: number;
  /** Time of sessions that lies in it, ms; of several at once each counts. */
  readonly ms: number;
}

/** Open sessions that began in one quarter of an hour. */
export interface OpenSessions {
  /** When that began. */
  readonly quarter: number;
  readonly count: number;
  /** Sum of when they began. */
  readonly startedAtSum: number;
}

/** A pass of counting messages. */
export interface TallyPass {
  /** Events that were read; 0: nothing was left to do. */
  readonly read: number;
  /** Events that wait. */
  readonly waiting: number;
}

/** Messages of a channel. */
export interface ChannelTotal {
  readonly channelId: string;
  /** Absent: there is no such channel any more. */
  readonly name?: string;
  readonly messages: number;
}

/** Messages of a user. */
export interface UserTotal {
  readonly userId: string;
  /** Absent: there is no such user any more. */
  readonly name?: string;
  readonly messages: number;
}

/**
 * `bounds` are where stretches begin, in order, and where the last one ends: one more than there are stretches. All begin
 * with a quarter of an hour.
 */
export interface ActivityStore {
  /** A user's sessions by stretches; those that are open go on until `now`. */
  sessionsOf(
    userId: string,
    bounds: readonly number[],
    now: number,
  ): Promise<Result<readonly SessionTotal[]>>;
  /** Everybody's by stretches; of those that are open only that they began. */
  sessions(bounds: readonly number[]): Promise<Result<readonly SessionTotal[]>>;
  /** Those that are open, by when they began. */
  openSessions(): Promise<Result<readonly OpenSessions[]>>;
  /** Sessions from `from` on, before `to`, of each of these users that had any; those that are open go on until `now`. */
  sessionsOfUsers(
    userIds: readonly string[],
    from: number,
    to: number,
    now: number,
  ): Promise<Result<ReadonlyMap<string, SessionTotal>>>;
  /** Sessions that began in each stretch. */
  connections(bounds: readonly number[], unit: CountUnit): Promise<Result<readonly number[]>>;

  /** Counts messages that came since the last time, some thousand events at most. What is counted stays so, whatever is deleted. */
  tally(now: number): Promise<Result<TallyPass>>;
  /** Messages in each stretch, as far as they are counted. */
  messages(bounds: readonly number[], unit: CountUnit): Promise<Result<readonly number[]>>;
  /** Users who wrote in each stretch; by minutes for the last two days alone. */
  activeUsers(bounds: readonly number[], unit: CountUnit, now: number): Promise<Result<readonly number[]>>;
  /** The channels with most messages. */
  channels(tiles: readonly Tile[], limit: number): Promise<Result<readonly ChannelTotal[]>>;
  /** The users with most messages. */
  users(tiles: readonly Tile[], limit: number): Promise<Result<readonly UserTotal[]>>;

  /**
   * Forgets sessions that ended before the day of UTC in which `before` lies, and what each user wrote before it: some
   * thousand rows at most, and how many it were. Sums of everybody and of channels stay.
   */
  forget(before: number): Promise<Result<number>>;
}

/** What stretches consist of: minutes, or whole quarters of an hour. */
export type CountUnit = 'minute' | 'quarter';
