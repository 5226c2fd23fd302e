/** Rate limits per user over all of their connections (docs/SPEC.md, LIMIT rules). */

/** Requests are limited by class: sends, whispers, signals such as typing, and everything that asks. */
export const RATE_CLASSES = ['message', 'whisper', 'signal', 'query'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** `limit` requests at once, and in the long run `limit` a window. */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** A limit in µs. */
export interface Pace {
  /** What one request takes. */
  readonly interval: number;
  /** What `limit` requests take. */
  readonly burst: number;
}

/** `limit` in µs, rounded up: nobody gets more than it says. */
export function paceOf({ limit, windowMs }: RateLimit): Pace {
  const interval = Math.ceil((windowMs * 1_000) / limit);
  return { interval, burst: interval * limit };
}

/** A limit that holds for a request in the place of its class's. */
export interface SpecialLimit {
  readonly pace: Pace;
  /** What is sent there is counted by itself; null: with all else of the class. */
  readonly channelId: string | null;
}

/** Counts requests; implementations may be shared by threads or nodes. */
export interface RateLimiter {
  /**
   * Takes one request of `userId`; 0 when it may go on, else ms until the next one may. `now` in ms, on a clock that
   * nobody sets. `special` holds in the place of the class's limit.
   */
  take(userId: string, rateClass: RateClass, now: number, special?: SpecialLimit): number;
  /** Changes a class's limit at once, for everyone who shares the table. */
  configure(rateClass: RateClass, limit: RateLimit): void;
}
