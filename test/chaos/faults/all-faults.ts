/** Every fault there is, in the order in which a run does them. */
import type { Fault } from '../fault.ts';
import { channelFlooded } from './channel-flooded.ts';
import { clockSteps } from './clock-steps.ts';
import { commitReplyLost } from './commit-reply-lost.ts';
import { diskFull } from './disk-full.ts';
import { everyoneDropped } from './everyone-dropped.ts';
import { gatewayDies } from './gateway-dies.ts';
import { mainBlocked } from './main-blocked.ts';
import { postgresSlow } from './postgres-slow.ts';
import { postgresStopped } from './postgres-stopped.ts';
import { readOnly } from './read-only.ts';
import { rowRefused } from './row-refused.ts';
import { serverKilled } from './server-killed.ts';
import { shardCrashesAgain } from './shard-crashes-again.ts';
import { shardExits } from './shard-exits.ts';
import { shardLoops } from './shard-loops.ts';
import { shardMemory } from './shard-memory.ts';
import { shardThrows } from './shard-throws.ts';
import { shardZombie } from './shard-zombie.ts';
import { sigterm } from './sigterm.ts';
import { slowReaders } from './slow-readers.ts';

export const ALL_FAULTS: readonly Fault[] = [
  serverKilled,
  postgresStopped,
  commitReplyLost,
  postgresSlow,
  diskFull,
  readOnly,
  rowRefused,
  sigterm,
  shardThrows,
  shardExits,
  shardMemory,
  shardLoops,
  shardCrashesAgain,
  gatewayDies,
  mainBlocked,
  everyoneDropped,
  clockSteps,
  shardZombie,
  slowReaders,
  channelFlooded,
];
