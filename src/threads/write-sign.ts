/**
 * Says in shared memory which shards could not write lately: a word for each, 0 or the second in which its last write
 * failed, by the process's clock.
 */
import { processClock } from './process-clock.ts';

/** A shard that tried nothing for so long isn't said to fail, ms. */
const RECENT_MS = 5_000;

/** The signs of `shards` shards, for {@link tellWrites} and {@link failedLately}. */
export function writeSigns(shards: number): SharedArrayBuffer {
  return new SharedArrayBuffer(shards * Int32Array.BYTES_PER_ELEMENT);
}

/** The side of the shard `index`: to be told of each write, whether it worked. */
export function tellWrites(signs: SharedArrayBuffer, index: number, clock = processClock) {
  const words = new Int32Array(signs);
  return (worked: boolean): void => {
    Atomics.store(words, index, worked ? 0 : secondOf(clock()));
  };
}

/** Whether the last write of any shard failed, in the last seconds. */
export function failedLately(signs: SharedArrayBuffer, clock = processClock): boolean {
  const since = secondOf(clock() - RECENT_MS);
  return new Int32Array(signs).some((word) => word !== 0 && word > since);
}

/** From 1 on; the process's clock begins some time before it. */
function secondOf(ms: number): number {
  return Math.max(1, Math.floor(ms / 1_000));
}
