/** The real clocks and timers, in the form in which gateways and shards are given them. */
import type { DeadlineTimers } from './deadline-queue.ts';
import { processClock } from './process-clock.ts';

/** Clocks and timers of this thread. */
export function runtimeTimers(): DeadlineTimers & { now(): number } {
  return {
    now: () => Date.now(),
    mono: processClock,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => {
        clearTimeout(timer);
      };
    },
  };
}
