/** Where limits live: the database holds the values that are in force. */
import type { Result } from '../protocol/result.ts';
import type { RateLimit } from './rate-limiter.ts';

/** Values in force. */
export interface RateLimitSettings {
  /** The message limit; `initial` is stored and returned when the database has none yet. */
  load(initial: RateLimit): Promise<Result<RateLimit>>;
}

/** Open sockets by client address; all addresses of an IPv6 /64 count as one. */
export interface AddressLimits {
  /** Counts one more socket of `address` (canonical text); false, and it isn't counted, when that is too many. */
  open(address: string): boolean;
  /** A socket that `open` let in is gone. */
  close(address: string): void;
}
