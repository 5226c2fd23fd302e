/** Clients that stop reading, in a channel where long texts are said. */
import { setTimeout as pause } from 'node:timers/promises';
import { LoadProcess } from '../../../bench/load-process.ts';
import { MAX_CONTENT_LENGTH } from '../../../src/protocol/limits.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import { cuts, crowdKept, usualAcknowledgementMs } from '../measures.ts';
import type { ReaderSteps } from '../stage/idle-readers.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const READERS = 500;
const SENDERS = 1;
const LISTENERS = 2;
/** How long the others are looked at before, ms. */
const BEFORE_MS = 8_000;
/** What the system takes for a socket (up to some MB) has to be filled before the server notices anything, ms. */
const CLOSED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** MAX_BACKLOG_BYTES as it is by default, and what a socket may be over it: what is written at once in a busy moment. */
const BACKLOG_BYTES = 1_048_576;
const OVER_BYTES = 262_144;
/** Frames are shared by all sockets: 500 backlogs of 1 MiB cost lists of them, and what else goes on. */
const RESIDENT_MB = 150;
const WORSE = 1.2;

export const slowReaders: Fault = {
  name: 'slow-readers',
  what: `${READERS} clients stop reading, in a channel with long texts`,
  run: async (context) => {
    // Three bytes each on the wire.
    const text = (beginning: string): string => beginning.padEnd(MAX_CONTENT_LENGTH, '…');
    return onStage(context, { shards: 2, text }, async (stage) => {
      const load = new LoadProcess<ReaderSteps>('../test/chaos/stage/idle-readers.ts', null);
      try {
        return await stopReading(context, stage, load);
      } finally {
        await load.end();
      }
    });
  },
};

async function stopReading(
  { onStep }: FaultContext,
  stage: Stage,
  load: LoadProcess<ReaderSteps>,
): Promise<readonly Check[]> {
  const { server, crowd } = stage;
  const [channelId = ''] = stage.channelsOf(0);
  await crowd.enterMany('listener', LISTENERS);
  const senders = await crowd.enterMany('sender', SENDERS);
  await load.step('enter', { port: server.port, channelId, count: READERS });
  for (const sender of senders) sender.chat();
  await crowd.untilAcknowledged(100);
  const from = stage.now();
  await pause(BEFORE_MS);
  const stoppedAt = stage.now();
  const ended = await load.step('stop');
  onStep('nobody of them reads any more');
  const seen = await untilClosed(stage, stoppedAt);
  const to = stage.now();
  onStep(`${seen.closed} are closed, the last after ${(to - stoppedAt).toFixed(0)} ms`);
  const before = usualAcknowledgementMs(crowd.records, { from, to: stoppedAt }, 0.99);
  const during = usualAcknowledgementMs(crowd.records, { from: stoppedAt, to }, 0.99);
  const lost = cuts(crowd.records);
  const most = READERS * (BACKLOG_BYTES + OVER_BYTES);
  const grownMb = (seen.resident - seen.residentBefore) / 1e6;
  return [
    {
      what: 'each is closed with 4201, and none before it stopped',
      measured: `${seen.closed} of ${READERS} within ${((to - stoppedAt) / 1_000).toFixed(1)} s, ${ended} before`,
      held: seen.closed === READERS && ended === 0,
    },
    {
      what: `what waits for them stays under 1.25 MiB each, ${(most / 1e6).toFixed(0)} MB`,
      measured: `${(seen.backlog / 1e6).toFixed(0)} MB`,
      held: seen.backlog > 0 && seen.backlog <= most,
    },
    {
      what: `resident memory grows by less than ${RESIDENT_MB} MB`,
      measured: `${grownMb.toFixed(0)} MB, to ${(seen.resident / 1e6).toFixed(0)} MB`,
      held: grownMb < RESIDENT_MB,
    },
    {
      what: "others' p99 from sending to acknowledgement within 20 % of before, when those read (median of 4 s each); no connection of theirs breaks",
      measured: `${before.toFixed(0)} ms, then ${during.toFixed(0)} ms; ${lost} broke`,
      held: during <= WORSE * before && lost === 0,
    },
    ...crowdKept(await crowd.settle()),
  ];
}

interface Seen {
  /** Connections that were closed with 4201. */
  readonly closed: number;
  /** The most that waited in all sockets, bytes. */
  readonly backlog: number;
  /** Resident memory of the server when they stopped, and the most later, bytes. */
  readonly residentBefore: number;
  readonly resident: number;
}

/** Looks on until everyone is closed, or the time for it is over. */
async function untilClosed({ server, now }: Stage, stoppedAt: number): Promise<Seen> {
  const residentBefore = server.resident();
  let [closed, backlog, resident] = [0, 0, residentBefore];
  while (closed < READERS && now() < stoppedAt + CLOSED_WITHIN_MS) {
    await pause(LOOK_EVERY_MS);
    resident = Math.max(resident, server.resident());
    for (const { name, labels, value } of await server.metrics()) {
      if (name === 'hubbub_socket_backlog_bytes') backlog = Math.max(backlog, value);
      else if (name === 'hubbub_closes_total' && labels['code'] === '4201') closed = value;
    }
  }
  return { closed, backlog, residentBefore, resident };
}
