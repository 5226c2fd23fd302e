/** Keeps the limits that are in force in step with the database. */
import type { RateLimitSettings } from '../cache/ports.ts';
import type { RateLimit, RateLimiter } from '../cache/rate-limiter.ts';
import type { SpecialLimits } from '../cache/special-limits.ts';

/** A change that another process made is seen after so many ms: well within a second. */
const FOLLOW_MS = 250;
const NONE = -1;

/** Following, until stopped. */
export interface FollowedLimits {
  /** Why the values may be out of date: none while the database answers. */
  reasons(): readonly string[];
  /** Resolves when everything that was committed before the call holds here, or the database doesn't answer. */
  catchUp(): Promise<void>;
  stop(): void;
}

/** Where limits take effect. */
export interface LimitedHere {
  readonly special: SpecialLimits;
  /** Absent: another thread configures the table that is shared with this one. */
  readonly limiter?: Pick<RateLimiter, 'configure'>;
}

/** Takes the values of the database, `initial` for everybody before it has any, and looks again four times a second. */
export async function followRateLimits(
  settings: Pick<RateLimitSettings, 'load'>,
  { special, limiter }: LimitedHere,
  initial: RateLimit,
): Promise<FollowedLimits> {
  let inForce: RateLimit = { limit: 0, windowMs: 0 };
  let known = NONE;
  let away = false;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  const set = (limit: RateLimit): void => {
    if (limit.limit === inForce.limit && limit.windowMs === inForce.windowMs) return;
    inForce = limit;
    limiter?.configure('message', limit);
    limiter?.configure('whisper', limit);
  };
  const look = async (): Promise<void> => {
    const found = await settings.load(initial, known);
    away = !found.ok;
    if (found.ok) {
      set(found.value.everybody);
      if (found.value.special === null) return;
      special.set(found.value.special);
      known = found.value.special.version;
    } else if (inForce.limit === 0) set(initial);
  };
  // One after the other, so that nothing older takes the place of something newer.
  const lookNext = (): Promise<void> => {
    looking = looking.then(look);
    return looking;
  };
  const follow = async (): Promise<void> => {
    await lookNext();
    if (!stopped) timer = setTimeout(() => void follow(), FOLLOW_MS);
  };
  await follow();
  return {
    reasons: () => (away ? ['The database does not answer.'] : []),
    catchUp: lookNext,
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
