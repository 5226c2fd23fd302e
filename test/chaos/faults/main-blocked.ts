/** Main's event loop, which owns the sockets here, does nothing for a while: nobody may take anyone for dead. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { acknowledgedPerSecond, cuts, longestSilenceMs, crowdKept } from '../measures.ts';
import { eventually } from '../stage/eventually.ts';
import { onStage } from '../stage/stage.ts';

/** The issue's second, twice that after which a thread that doesn't beat counts as hanging, and one more. */
const BLOCKS_MS = [1_000, 3_000, 1_000];
/** From the end of a block to the first acknowledgement: what came meanwhile is worked off first. */
const BACK_WITHIN_MS = 1_000;
const PATIENCE_MS = 30_000;

export const mainBlocked: Fault = {
  name: 'main-blocked',
  what: `main's event loop blocked for ${BLOCKS_MS.map((ms) => `${ms / 1_000} s`).join(', ')}`,
  run: (context) =>
    onStage(context, { shards: 2 }, async ({ server, crowd, now }) => {
      const { random, onStep } = context;
      await crowd.enterMany('listener', 3);
      for (const writer of await crowd.enterMany('sender', 5)) writer.chat();
      await crowd.untilAcknowledged(200);
      const beyondMs: number[] = [];
      for (const ms of BLOCKS_MS) {
        await pause(random.int(500, 1_500));
        const from = now();
        await server.order({ kind: 'block', thread: 'main', ms });
        await pause(ms);
        const over = now();
        await eventually('acknowledgements come again', PATIENCE_MS, () => {
          return acknowledgedPerSecond(crowd.records, { from: over, to: now() }) > 0;
        });
        beyondMs.push(Math.round(longestSilenceMs(crowd.records, { from, to: now() }) - ms));
        onStep(`blocked for ${ms} ms, ${beyondMs.at(-1)} ms more until the next acknowledgement`);
      }
      await crowd.untilAcknowledged(200);
      const restarts = (await server.metrics()).filter(({ name }) => name === 'hubbub_shard_restarts_total');
      const missing = await server.missing();
      const verdict = await crowd.settle();
      const cut = cuts(crowd.records);
      return [
        ...crowdKept(verdict),
        { what: 'no client is cut', measured: `${cut} sockets lost`, held: cut === 0 },
        {
          what: 'no thread is taken for dead, /ready lacks nothing afterwards',
          measured: `${restarts.length} shards replaced; lacks ${JSON.stringify(missing)}`,
          held: restarts.length === 0 && missing?.length === 0,
        },
        {
          what: `goes on within ${BACK_WITHIN_MS / 1_000} s`,
          measured: `${beyondMs.join(', ')} ms beyond the block`,
          // Without a silence as long as the block, nothing was blocked.
          held: beyondMs.every((ms) => ms >= -300 && ms <= BACK_WITHIN_MS),
        },
      ];
    }),
};
