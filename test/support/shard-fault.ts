/** Faults of shards that run test/support/faulty-shard.ts. */

/** What a shard is to suffer. */
export interface ShardFault {
  readonly shard: number;
  readonly kind: 'throw' | 'exit' | 'loop' | 'exit-after-commit';
}

/** Name of the BroadcastChannel. */
export const FAULTS_CHANNEL = 'hubbub test faults';
