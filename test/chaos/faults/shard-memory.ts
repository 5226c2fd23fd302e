/** A shard takes memory as fast as it can: its heap is full, or it counts as hanging, whichever is seen first. */
import { shardDies } from './shard-dies.ts';

const GB = 1024 ** 3;
/** The 2 GB that a thread may have at most (SHARD-15), and the rest of the process. */
const MOST_BYTES = 3 * GB;

export const shardMemory = shardDies(
  'memory',
  { name: 'shard-memory', what: 'a shard runs out of memory' },
  (breakages) => {
    const most = Math.max(...breakages.map(({ mostBytes }) => mostBytes));
    return [
      {
        what: `the whole process never has more than ${MOST_BYTES / GB} GB`,
        measured: `${(most / GB).toFixed(1)} GB`,
        held: most <= MOST_BYTES,
      },
    ];
  },
);
