/**
 * When batches go to other threads. Waking a thread costs more than anything in a small batch. A thread that has something
 * to post now and then posts it at the end of the tick; one that always has, again right behind the last time, gathers
 * for PACE_MS: a busy path pays for a few hundred wake-ups a second instead of one for every message.
 */
import type { DeadlineTimers } from './deadline-queue.ts';
import type { Defer } from './outbox.ts';

const PACE_MS = 3;
/** On average so soon after a post something is there again: 2,500 posts a second and more. */
const BUSY_GAP_MS = 0.4;
/** Of one gap in the average. */
const WEIGHT = 1 / 8;

/** A {@link Defer} for all outboxes of a thread together; `endOfTick` is setImmediate. */
export function pacedDefer(timers: DeadlineTimers, endOfTick: (task: () => void) => void): Defer {
  let ranAt = Number.NEGATIVE_INFINITY;
  let averageGap = PACE_MS;
  let waiting: (() => void)[] = [];
  const run = (): void => {
    const tasks = waiting;
    waiting = [];
    ranAt = timers.mono();
    for (const task of tasks) task();
  };
  return (task) => {
    waiting.push(task);
    if (waiting.length > 1) return;
    const gap = Math.min(timers.mono() - ranAt, PACE_MS);
    averageGap += (gap - averageGap) * WEIGHT;
    if (gap >= PACE_MS || averageGap >= BUSY_GAP_MS) endOfTick(run);
    else timers.after(PACE_MS, run);
  };
}
