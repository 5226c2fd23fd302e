/** See {@link shardDies}. */
import { shardDies } from './shard-dies.ts';

export const shardThrows = shardDies('throw', {
  name: 'shard-throws',
  what: 'a shard throws what nobody catches',
});
