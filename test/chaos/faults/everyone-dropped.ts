/** Every connection breaks at the same moment, as when a switch restarts; everyone comes back to what was said meanwhile. */
import { signTokens } from '../../../bench/hubbub-tokens.ts';
import type { StormSteps } from '../../../bench/load/storm.ts';
import type { StormOutcome } from '../../../bench/load/storm-run.ts';
import { LoadProcess } from '../../../bench/load-process.ts';
import { tooFewFiles } from '../../../bench/open-files.ts';
import { readStormFigures } from '../../../bench/server-metrics.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import { crowdKept } from '../measures.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const CLIENTS = 5_000;
const CHANNELS = 100;
const TEXT_BYTES = 100;
/** Messages in each channel before, and what is said in each while everyone is away. */
const HISTORY = 60;
const MISSED = 20;
/** The crowd chats on beside them; its clients are dropped too, and what they are told is checked. */
const SENDERS = 3;
const LISTENERS = 2;
const ACKS_BEFORE = 50;
/** Everyone has what they missed within this time, ms: the bench asks for the same of a whole storm. */
const BACK_WITHIN_MS = 10_000;
const STALL_MS = 250;
/** The SDK spreads its first tries over 250 ms, so 50 ms hold a fifth of them; in a herd they would hold nearly all. */
const TOGETHER = 0.5;
/** Each needs one try; what goes wrong on busy cores may cost every fourth a second one. */
const TRIES_EACH = 1.25;

export const everyoneDropped: Fault = {
  name: 'everyone-dropped',
  what: `every client dropped at once, ${CLIENTS.toLocaleString('en')} of them`,
  run: async (context) => {
    const obstacle = tooFewFiles(CLIENTS);
    if (obstacle !== null) throw new Error(obstacle);
    return onStage(context, { shards: 2 }, async (stage) => {
      const load = new LoadProcess<StormSteps>('load/storm.ts', null);
      try {
        return await drop(context, stage, load);
      } finally {
        await load.end();
      }
    });
  },
};

async function drop(
  { random, onStep }: FaultContext,
  { server, crowd, database }: Stage,
  load: LoadProcess<StormSteps>,
): Promise<readonly Check[]> {
  const { port } = server;
  const measured = { serverPid: server.pid(), dataFolder: null };
  const tokens = await signTokens(database, CLIENTS);
  await load.step('prepare', {
    port,
    channels: CHANNELS,
    channelPrefix: 'dropped',
    tokens,
    textBytes: TEXT_BYTES,
  });
  await load.step('write', HISTORY);
  await load.step('storm', measured);
  onStep('everyone is there');
  await crowd.enterMany('listener', LISTENERS);
  for (const sender of await crowd.enterMany('sender', SENDERS)) sender.chat();
  await crowd.untilAcknowledged(random.int(ACKS_BEFORE, 2 * ACKS_BEFORE));
  await readStormFigures(port);
  await load.step('cut');
  for (const client of crowd.present) client.cut();
  await load.step('write', MISSED);
  const back = await load.step('storm', { ...measured, spread: true });
  // From the drop to here: what reading tells is the longest since the reading before.
  const { longestStallMs } = await readStormFigures(port);
  onStep(`everyone is back after ${(back.elapsedMs / 1_000).toFixed(1)} s`);
  const live = await load.step('live');
  await crowd.untilAllOnline();
  return [...checksOf(back, live, longestStallMs), ...crowdKept(await crowd.settle())];
}

function checksOf(back: StormOutcome, live: number, stallMs: number): readonly Check[] {
  const { clients, complete, elapsedMs, attempts, mostTogether, whys } = back;
  return [
    {
      what: `all resumed within ${BACK_WITHIN_MS / 1_000} s with exactly what they missed, and go on from there`,
      measured: [
        `${complete} of ${clients} after ${(elapsedMs / 1_000).toFixed(1)} s, ${live} got the next message`,
        ...whys,
      ].join('; '),
      held: complete === clients && live === clients && elapsedMs <= BACK_WITHIN_MS,
    },
    {
      what: `no herd: at most ${TOGETHER * 100} % of the tries in any 50 ms, and ${TRIES_EACH} a client`,
      measured: `${attempts} tries, at most ${((mostTogether * 100) / attempts).toFixed(0)} % within 50 ms`,
      held: mostTogether <= TOGETHER * attempts && attempts <= TRIES_EACH * clients,
    },
    {
      what: `no stall over ${STALL_MS} ms`,
      measured: `${stallMs.toFixed(0)} ms at most`,
      held: stallMs <= STALL_MS,
    },
  ];
}
