/** What is counted of who was here and what was said. Times are ms since the epoch. */
import type { Result } from '../../protocol/result.ts';

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
}
