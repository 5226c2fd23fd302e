/** Memory of a thread's own V8 isolate. */
import { getHeapStatistics } from 'node:v8';

/** Bytes. */
export interface ThreadMemory {
  /** What lies in the heap, garbage that was not collected yet included. */
  readonly heapBytes: number;
  /** Outside of the heap, kept alive by objects in it: buffers for the most part. */
  readonly externalBytes: number;
}

/** The memory of the thread that calls. */
export function threadMemory(): ThreadMemory {
  const statistics = getHeapStatistics();
  return { heapBytes: statistics.used_heap_size, externalBytes: statistics.external_memory };
}
