/** See {@link shardDies}. */
import { shardDies } from './shard-dies.ts';

export const shardLoops = shardDies('loop', { name: 'shard-loops', what: 'a shard loops for ever' });
