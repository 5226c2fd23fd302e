/** A gateway's thread breaks in each way in which it can, and all of its sockets end with it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ThreadFault } from '../../support/thread-fault.ts';
import type { HistoryRecord } from '../../verify/history-record.ts';
import type { Fault, FaultContext } from '../fault.ts';
import { acknowledgementMs, crowdKept, type Stretch } from '../measures.ts';
import { eventually } from '../stage/eventually.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { untilLogged } from '../stage/server-log.ts';

const GATEWAYS = 2;
/** The first two break the same gateway, so that a replacement breaks too; never three in a minute, which is an alarm. */
const BREAKS: readonly (readonly [gateway: number, fault: ThreadFault])[] = [
  [0, 'throw'],
  [0, 'exit'],
  [1, 'loop'],
];
const SENDERS = 8;
const LISTENERS = 4;
const QUIET_MS = 2_500;
/** How long others are watched from each on, ms: longer than a gateway that loops is away. */
const WATCHED_MS = 2_500;
const FOUND_WITHIN_MS = 2_000;
/** From the order until all of its clients are back, ms: finding it, and a thread's start, which they needn't wait for. */
const BACK_WITHIN_MS = 5_000;
/** As for shards (see shard-dies.ts): a thread that loops or starts, and clients that come back, take one of two cores. */
const SLOWER = 2;
const NOISE_MS = 250;
const PATIENCE_MS = 30_000;

export const gatewayDies: Fault = {
  name: 'gateway-dies',
  what: 'a gateway thread throws, exits, loops for ever',
  run: (context) =>
    onStage(context, { shards: 1, gateways: GATEWAYS, channelsPerShard: 2 }, async (stage) => {
      const { crowd } = stage;
      await crowd.enterMany('listener', LISTENERS);
      for (const writer of await crowd.enterMany('sender', SENDERS)) writer.chat();
      await crowd.untilAcknowledged(200);
      const deaths: Death[] = [];
      for (const [gateway, fault] of BREAKS) deaths.push(await breakOne(context, stage, gateway, fault));
      const verdict = await crowd.settle();
      const p99 = (stretches: readonly Stretch[]): number =>
        acknowledgementMs(crowd.records, stretches, 0.99);
      const quiet = p99(deaths.map((death) => death.quiet));
      const watched = p99(deaths.map((death) => death.watched));
      const foundMs = deaths.map((death) => death.foundMs);
      const backMs = deaths.map((death) => Math.round(death.backMs));
      const sockets = deaths.map((death) => `${death.lost} of ${death.held}`);
      return [
        ...crowdKept(verdict),
        {
          what: `found within ${FOUND_WITHIN_MS / 1_000} s`,
          measured: `${foundMs.join(', ')} ms`,
          held: Math.max(...foundMs) <= FOUND_WITHIN_MS,
        },
        {
          what: 'clients of that gateway lose their socket, and nobody else',
          measured: `${sockets.join(', ')} sockets, of ${LISTENERS + SENDERS} in all`,
          held: deaths.every(({ lost, held }) => lost === held) && deaths.every(({ lost }) => lost > 0),
        },
        {
          what: `all are back within ${BACK_WITHIN_MS / 1_000} s`,
          measured: `${backMs.join(', ')} ms`,
          held: Math.max(...backMs) <= BACK_WITHIN_MS,
        },
        {
          what: `p99 of the others at most ${SLOWER} times that of the quiet before, or ${NOISE_MS} ms`,
          measured: `${quiet} ms before, ${watched} ms during`,
          held: watched <= Math.max(quiet * SLOWER, NOISE_MS),
        },
      ];
    }),
};

interface Death {
  readonly foundMs: number;
  readonly backMs: number;
  /** Sockets that clients lost, and those that the gateway had. */
  readonly lost: number;
  readonly held: number;
  /** Of those who kept their socket. */
  readonly quiet: Stretch;
  readonly watched: Stretch;
}

async function breakOne(
  { random, onStep }: FaultContext,
  stage: Stage,
  gateway: number,
  fault: ThreadFault,
): Promise<Death> {
  const { server, crowd, now } = stage;
  const held = await spread(stage, gateway);
  const from = now();
  await pause(QUIET_MS + random.int(0, 500));
  const thread = `gateway-${gateway}`;
  const [begun, begunAt] = [now(), Date.now()];
  await server.order({ kind: 'break', thread, fault });
  const line = await untilLogged(
    server,
    begunAt,
    (logged) => logged.msg === 'a gateway ended and is replaced' && logged['gateway'] === gateway,
    PATIENCE_MS,
  );
  // Clients hear of it through their sockets, each a moment later.
  await crowd.until(() => cutSince(crowd.records, begun).size >= held, 'its clients have noticed');
  await crowd.untilAllOnline();
  const backMs = now() - begun;
  await pause(Math.max(0, begun + WATCHED_MS - now()));
  const lost = cutSince(crowd.records, begun);
  const others = crowd.present.map(({ name }) => name).filter((name) => !lost.has(name));
  const foundMs = line.at - begunAt;
  onStep(`${thread}, ${fault}: found in ${foundMs} ms, all back after ${Math.round(backMs)} ms`);
  return {
    ...{ foundMs, backMs, lost: lost.size, held },
    quiet: { from, to: begun, senders: others },
    watched: { from: begun, to: begun + WATCHED_MS, senders: others },
  };
}

/** Lets everyone come in anew until each gateway has some, and tells how many `gateway` has. */
async function spread({ server, crowd, now }: Stage, gateway: number): Promise<number> {
  for (;;) {
    const from = now();
    for (const client of crowd.present) client.cut();
    await crowd.until(() => cutSince(crowd.records, from).size === crowd.present.length, 'all are cut');
    await crowd.untilAllOnline();
    // A gateway hears of the end of a socket on its own time.
    let counts: readonly number[] = [];
    await eventually('all sockets are counted', PATIENCE_MS, async () => {
      counts = (await server.metrics())
        .filter(({ name }) => name === 'hubbub_connections')
        .map(({ value }) => value);
      return counts.reduce((sum, count) => sum + count, 0) === crowd.present.length;
    });
    const held = counts[gateway];
    if (held !== undefined && counts.every((count) => count > 0)) return held;
  }
}

/** Names of clients that lost a socket. */
function cutSince(records: readonly HistoryRecord[], from: number): ReadonlySet<string> {
  return new Set(
    records.flatMap((record) => (record.type === 'cut' && record.at >= from ? [record.observer] : [])),
  );
}
