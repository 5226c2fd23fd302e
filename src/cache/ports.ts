/** Where limits live: the database holds the values that are in force. */
import type { Result } from '../protocol/result.ts';
import type { RateLimit } from './rate-limiter.ts';

/** Values in force. */
export interface RateLimitSettings {
  /** The message limit; `initial` is stored and returned when the database has none yet. */
  load(initial: RateLimit): Promise<Result<RateLimit>>;
}
