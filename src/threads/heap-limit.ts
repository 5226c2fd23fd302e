/** How much heap each thread may have: one that leaks ends, with a reason in the log, before it takes the host's memory. */
import { totalmem } from 'node:os';

const MB = 1024 * 1024;
/** All threads together may fill this share of the memory; the rest is for buffers, PostgreSQL and the system. */
const SHARE = 0.5;
/** A shard's bounds (rings, pages, what waits) come to 170 million code units, of two bytes each at worst. */
const LEAST_MB = 512;
/** Who needs six times what the bounds allow leaks, and has to end rather sooner. */
const MOST_MB = 2_048;

/** The limit for the old generation of each of `threads` threads on `memoryBytes`, MB. */
export function heapLimitMb(threads: number, memoryBytes = usableMemory()): number {
  return Math.floor(Math.min(MOST_MB, Math.max(LEAST_MB, (memoryBytes * SHARE) / MB / threads)));
}

/** Bytes that this process may use: the container's when it has a limit, else the host's. */
function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
