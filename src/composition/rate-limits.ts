/** Keeps the limits that are in force in step with the database. */
import type { RateLimitSettings } from '../cache/ports.ts';
import type { RateLimit, RateLimiter } from '../cache/rate-limiter.ts';

const FOLLOW_MS = 1_000;

/** Following, until stopped. */
export interface FollowedLimits {
  /** Why the values may be out of date: none while the database answers. */
  reasons(): readonly string[];
  stop(): void;
}

/** Takes the values of the database, `initial` before it has any, and looks again every second. */
export async function followRateLimits(
  settings: RateLimitSettings,
  limiter: RateLimiter,
  initial: RateLimit,
): Promise<FollowedLimits> {
  let inForce: RateLimit = { limit: 0, windowMs: 0 };
  let away = false;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const set = (limit: RateLimit): void => {
    if (limit.limit === inForce.limit && limit.windowMs === inForce.windowMs) return;
    inForce = limit;
    limiter.configure('message', limit);
    limiter.configure('whisper', limit);
  };
  const look = async (): Promise<void> => {
    const found = await settings.load(initial);
    away = !found.ok;
    if (found.ok) set(found.value);
    else if (inForce.limit === 0) set(initial);
    if (!stopped) timer = setTimeout(() => void look(), FOLLOW_MS);
  };
  await look();
  return {
    reasons: () => (away ? ['The database does not answer.'] : []),
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
