/** `kill -9` of the server under load, again and again. */
import { runKillCheck } from '../../kill/kill-check.ts';
import type { Fault } from '../fault.ts';
import { crowdKept } from '../measures.ts';

const KILLS = 20;
/** From the kill until it is ready again, ms. */
const READY_WITHIN_MS = 5_000;

export const serverKilled: Fault = {
  name: 'server-killed',
  what: `kill -9 of the server under load, ${KILLS} times`,
  run: async ({ seed, onStep }) => {
    const { verdict, readyMs } = await runKillCheck({
      ...{ rounds: KILLS, senders: 6, listeners: 3, channels: 4 },
      seed,
      onStep,
    });
    const slowest = Math.max(...readyMs);
    return [
      ...crowdKept(verdict),
      {
        what: `ready again within ${READY_WITHIN_MS / 1_000} s`,
        measured: `${(slowest / 1_000).toFixed(1)} s at most`,
        held: slowest <= READY_WITHIN_MS,
      },
    ];
  },
};
