/** PostgreSQL stopped hard in the middle of batches, and away for half a minute. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { nextBatch } from '../stage/batches.ts';
import { sufferOutage } from '../stage/outage.ts';
import { readyAgain, tellsUnready } from '../stage/readiness.ts';

const AWAY_MS = 30_000;
/** From a batch's way to PostgreSQL until it stops, at most: before, in the middle of or behind the commit. */
const MOST_BATCH_MS = 8;

export const postgresStopped: Fault = {
  name: 'postgres-stopped',
  what: `PostgreSQL stopped hard (immediate) in the middle of batches, ${AWAY_MS / 1_000} s away`,
  run: (context) => {
    const { postgres, random } = context;
    return sufferOutage(context, {
      lastsMs: AWAY_MS,
      begin: async ({ proxy }) => {
        // Nobody hears what comes of this one.
        await nextBatch(proxy, 'hold');
        await pause(random.int(0, MOST_BATCH_MS));
        await postgres.crash();
        await proxy.stop();
        proxy.answers = 'pass';
      },
      // It was started again at once; now the way to it is open.
      end: ({ proxy }) => proxy.listen(),
      during: ({ server }) => tellsUnready(server),
      after: ({ server }) => readyAgain(server),
    });
  },
};
