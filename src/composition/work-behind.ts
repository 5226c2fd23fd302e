/** Work that is done in portions, behind everything else and out of its way. */
import type { Logger } from '../observability/logger.ts';
import type { Result } from '../protocol/result.ts';
import { again } from './again.ts';

/** While there is something to do this share of the time is its. */
const BUSY_SHARE = 0.2;
const LEAST_PAUSE_MS = 20;

/** How it goes on. */
export interface WorkBehindOptions {
  readonly logger: Pick<Logger, 'error'>;
  /** Nothing was left, or the database is away: so many ms until the next portion. */
  readonly idleMs: number;
  /** What the log says of a portion that threw. */
  readonly failed: string;
}

/** Does a portion at once and again and again, until stopped; `portion` resolves with how much it did. */
export function workBehind(
  portion: () => Promise<Result<number>>,
  { logger, idleMs, failed }: WorkBehindOptions,
): { stop(): Promise<void> } {
  const work = async (): Promise<number> => {
    const began = performance.now();
    const done = await portion();
    if (!done.ok || done.value === 0) return idleMs;
    return Math.max(LEAST_PAUSE_MS, (performance.now() - began) * (1 / BUSY_SHARE - 1));
  };
  return again(work, { logger, afterFaultMs: idleMs, failed });
}
