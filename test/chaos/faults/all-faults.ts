/** Every fault there is, in the order in which a run does them. */
import type { Fault } from '../fault.ts';
import { everyoneDropped } from './everyone-dropped.ts';
import { gatewayDies } from './gateway-dies.ts';
import { mainBlocked } from './main-blocked.ts';
import { serverKilled } from './server-killed.ts';
import { shardCrashesAgain } from './shard-crashes-again.ts';
import { shardExits } from './shard-exits.ts';
import { shardLoops } from './shard-loops.ts';
import { shardMemory } from './shard-memory.ts';
import { shardThrows } from './shard-throws.ts';
import { sigterm } from './sigterm.ts';

export const ALL_FAULTS: readonly Fault[] = [
  serverKilled,
  sigterm,
  shardThrows,
  shardExits,
  shardMemory,
  shardLoops,
  shardCrashesAgain,
  gatewayDies,
  mainBlocked,
  everyoneDropped,
];
