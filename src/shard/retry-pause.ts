/** Pauses between tries of what a store couldn't take: short at first, then longer, so that an outage isn't made worse. */
import type { DeadlineTimers } from '../threads/deadline-queue.ts';

/** The first pause, ms. */
export const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** The pause behind one of `pauseMs`, ms. */
export function nextPause(pauseMs: number): number {
  return Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
}

/** Resolves after `pauseMs`. */
export function paused(timers: Pick<DeadlineTimers, 'after'>, pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(pauseMs, resolve);
  });
}
