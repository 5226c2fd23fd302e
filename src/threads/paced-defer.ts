/**
 * When batches go to other threads. Waking a thread costs more than anything in a small batch, so a quiet thread posts at
 * the end of the tick, and one that posted less than PACE_MS ago gathers until that time is over: a busy path pays for
 * a few hundred wake-ups a second instead of one for every message.
 */
import type { DeadlineTimers } from './deadline-queue.ts';
import type { Defer } from './outbox.ts';

const PACE_MS = 3;

/** A {@link Defer} for all outboxes of a thread together; `endOfTick` is setImmediate. */
export function pacedDefer(timers: DeadlineTimers, endOfTick: (task: () => void) => void): Defer {
  let ranAt = Number.NEGATIVE_INFINITY;
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
    if (timers.mono() - ranAt >= PACE_MS) endOfTick(run);
    else timers.after(PACE_MS, run);
  };
}
