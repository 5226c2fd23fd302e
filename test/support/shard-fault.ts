/** Faults of shards that run test/support/faulty-shard.ts. */
import type { ThreadFault } from './thread-fault.ts';

/** What a shard is to suffer. */
export interface ShardFault {
  readonly shard: number;
  readonly kind: ThreadFault | 'exit-after-commit';
}

/** What a shard says that waits for its next commit. */
export interface ShardArmed {
  readonly armed: number;
}

/** Name of the BroadcastChannel. */
export const FAULTS_CHANNEL = 'hubbub test faults';
