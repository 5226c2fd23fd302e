/** Rate limits per user over all of their connections (docs/SPEC.md, LIMIT rules). */

/** Requests are limited by class: sends, whispers, signals such as typing, and everything that asks. */
export const RATE_CLASSES = ['message', 'whisper', 'signal', 'query'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** `limit` requests at once, and in the long run `limit` a window. */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** Counts requests; implementations may be shared by threads or nodes. */
export interface RateLimiter {
  /** Takes one request of `userId`; 0 when it may go on, else ms until the next one may. `now` in ms, on a clock that nobody sets. */
  take(userId: string, rateClass: RateClass, now: number): number;
  /** Changes a class's limit at once, for everyone who shares the table. */
  configure(rateClass: RateClass, limit: RateLimit): void;
}
