/** See {@link shardDies}. */
import { shardDies } from './shard-dies.ts';

export const shardExits = shardDies('exit', { name: 'shard-exits', what: "a shard's thread exits" });
