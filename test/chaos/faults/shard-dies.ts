/** A shard's thread breaks under load: what all ways in which it can break have in common. */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ThreadFault } from '../../support/thread-fault.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import {
  acknowledgedPerSecond,
  acknowledgementMs,
  cuts,
  longestSilenceMs,
  crowdKept,
  type Stretch,
} from '../measures.ts';
import { eventually } from '../stage/eventually.ts';
import { untilLogged } from '../stage/server-log.ts';
import { onStage, type Stage } from '../stage/stage.ts';

/** The shard that breaks, and the one that goes on. */
const BROKEN = 1;
const SOUND = 0;
/** Once for the replacement without a pause and once for the one after it; a third end in a minute would be an alarm. */
const TIMES = 2;
const FIRST_PAUSES_MS = [0, 250];
/** How long the crowd chats undisturbed before each, ms. */
const QUIET_MS = 3_000;
/** How long others are watched from each on, ms: longer than a shard that loops is away. */
const WATCHED_MS = 3_000;
const FOUND_WITHIN_MS = 2_000;
/** From the order to the shard's first acknowledgement: requests that wait longer are refused (SHARD-6). */
const BACK_WITHIN_MS = 10_000;
/**
 * A thread that loops or starts takes one of two cores from PostgreSQL, the crowd and the other shard: p99 may be twice
 * that of the quiet before, and anything below what is noise. Who waits for a broken shard waits for a second and more.
 */
const SLOWER = 2;
const NOISE_MS = 250;
const PATIENCE_MS = 30_000;

/** One time. */
interface Breakage {
  readonly foundMs: number;
  readonly pauseMs: number;
  /** Without an acknowledgement of the shard. */
  readonly silentMs: number;
  readonly mostBytes: number;
  readonly quiet: Stretch;
  readonly watched: Stretch;
}

/** A fault in which a shard's thread breaks as `fault` says; `more` checks what is special about it. */
export function shardDies(
  fault: ThreadFault,
  about: Pick<Fault, 'name' | 'what'>,
  more: (breakages: readonly Breakage[]) => readonly Check[] = () => [],
): Fault {
  return {
    ...about,
    run: (context) =>
      onStage(context, { shards: 2, channelsPerShard: 2 }, async (stage) => {
        const { crowd } = stage;
        await crowd.enterMany('listener', 2);
        for (const writer of await crowd.enterMany('sender', 5)) writer.chat();
        await crowd.untilAcknowledged(200);
        const breakages: Breakage[] = [];
        while (breakages.length < TIMES) breakages.push(await breakOnce(context, stage, fault));
        const verdict = await crowd.settle();
        return [...crowdKept(verdict), ...checksOf(stage, breakages), ...more(breakages)];
      }),
  };
}

async function breakOnce(
  { random, onStep }: FaultContext,
  { server, crowd, channelsOf, now }: Stage,
  fault: ThreadFault,
): Promise<Breakage> {
  const sound = channelsOf(SOUND);
  const from = now();
  await pause(QUIET_MS + random.int(0, 500));
  const quiet: Stretch = { from, to: now(), channels: sound };
  const [begun, begunAt] = [now(), Date.now()];
  await server.order({ kind: 'break', thread: `shard-${BROKEN}`, fault });
  let mostBytes = 0;
  const watching = setInterval(() => (mostBytes = Math.max(mostBytes, server.resident())), 50);
  try {
    const line = await untilLogged(
      server,
      begunAt,
      ({ msg, shard }) => msg === 'a shard ended and is replaced' && shard === BROKEN,
      PATIENCE_MS,
    );
    const foundMs = line.at - begunAt;
    const since = begun + foundMs;
    await eventually('the shard acknowledges again', PATIENCE_MS, () => {
      const after: Stretch = { from: since, to: now(), channels: channelsOf(BROKEN) };
      return acknowledgedPerSecond(crowd.records, after) > 0;
    });
    await pause(Math.max(0, begun + WATCHED_MS - now()));
    const silentMs = longestSilenceMs(crowd.records, {
      from: begun,
      to: now(),
      channels: channelsOf(BROKEN),
    });
    onStep(`found in ${foundMs} ms, back after ${Math.round(silentMs)} ms`);
    const watched: Stretch = { from: begun, to: begun + WATCHED_MS, channels: sound };
    return { foundMs, pauseMs: Number(line['pauseMs']), silentMs, mostBytes, quiet, watched };
  } finally {
    clearInterval(watching);
  }
}

function checksOf({ crowd }: Stage, breakages: readonly Breakage[]): readonly Check[] {
  const { records } = crowd;
  const p99 = (stretches: readonly Stretch[]): number => acknowledgementMs(records, stretches, 0.99);
  const quiet = p99(breakages.map((breakage) => breakage.quiet));
  const watched = p99(breakages.map((breakage) => breakage.watched));
  const found = breakages.map(({ foundMs }) => foundMs);
  const pauses = breakages.map(({ pauseMs }) => pauseMs);
  const silent = breakages.map(({ silentMs }) => Math.round(silentMs));
  const cut = cuts(records);
  return [
    {
      what: `found within ${FOUND_WITHIN_MS / 1_000} s`,
      measured: `${found.join(', ')} ms`,
      held: Math.max(...found) <= FOUND_WITHIN_MS,
    },
    {
      what: 'replaced with growing pauses',
      measured: `${pauses.join(', ')} ms`,
      held: isDeepStrictEqual(pauses, FIRST_PAUSES_MS),
    },
    {
      what: `its channels go on within ${BACK_WITHIN_MS / 1_000} s, sockets stay`,
      measured: `${silent.join(', ')} ms without an acknowledgement, ${cut} sockets lost`,
      held: Math.max(...silent) <= BACK_WITHIN_MS && cut === 0,
    },
    {
      what: `p99 of the other shard at most ${SLOWER} times that of the quiet before, or ${NOISE_MS} ms`,
      measured: `${quiet} ms before, ${watched} ms during`,
      held: watched <= Math.max(quiet * SLOWER, NOISE_MS),
    },
  ];
}
