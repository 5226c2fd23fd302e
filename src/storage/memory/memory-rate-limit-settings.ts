/** {@link RateLimitSettings} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { RateLimitSettings } from '../../cache/ports.ts';
import type { RateLimit } from '../../cache/rate-limiter.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

/** The message limit while the process lives. */
export class MemoryRateLimitSettings implements RateLimitSettings {
  #stored: RateLimit | undefined;

  async load(initial: RateLimit): Promise<Result<RateLimit>> {
    this.#stored ??= initial;
    return ok(this.#stored);
  }
}
