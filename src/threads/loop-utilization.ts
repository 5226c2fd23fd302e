/** How busy this thread's event loop is. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** A function that tells the share (0 to 1) of the time since it was last called in which the loop worked. */
export function loopUtilization(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
