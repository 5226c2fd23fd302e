/** The time of sessions that are open, by stretches. Pure. */
import type { OpenSessions } from '../ports/activity-store.ts';
import { QUARTER_MS } from './buckets.ts';

/**
 * What of the time until `now` lies in each stretch, ms; `bounds` as those of an `ActivityStore`. A quarter of an hour lies in
 * one stretch, or in none, so when exactly its sessions began needn't be known one by one.
 */
export function openTime(
  open: readonly OpenSessions[],
  bounds: readonly number[],
  now: number,
): readonly number[] {
  return bounds.slice(0, -1).map((start, index) => {
    const end = Math.min(bounds[index + 1] ?? start, now);
    if (end <= start) return 0;
    return open.reduce((sum, { quarter, count, startedAtSum }) => {
      if (quarter >= end) return sum;
      if (quarter + QUARTER_MS <= start) return sum + count * (end - start);
      // Who began after `now` by another server's clock has no time yet.
      return sum + Math.max(0, count * end - startedAtSum);
    }, 0);
  });
}
