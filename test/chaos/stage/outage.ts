/** A PostgreSQL that doesn't do its work for a while, under a crowd and under clients that don't wait for answers. */
import { setTimeout as pause } from 'node:timers/promises';
import { shardOf } from '../../../src/threads/shard-of.ts';
import type { Check, FaultContext } from '../fault.ts';
import { cuts, crowdKept, promisesKept, usuallyPerSecond } from '../measures.ts';
import { Flood, type FloodAnswers } from './flood.ts';
import { type LoadWatch, watchLoad } from './load-watch.ts';
import { onStage, type Stage } from './stage.ts';

const SHARDS = 2;
/** More than a shard holds (SHARD_BOUNDS.heldEntries): all of them go to one shard. */
const FLOOD = { clients: 7, messages: 3_000, length: 1_000 } as const;
const SENDERS = 4;
/** The SDK keeps each client to 40 requests a second (maxRequestsPerSecond); more is a burst that it had saved up. */
const FULL_RATE = 40 * SENDERS;
/** Acknowledgements before anything is measured, and those that are measured before the fault, at least. */
const WARM_UP = 400;
const MEASURED = 400;
/** When it has to be as before, and for how long that is looked at, ms. */
const RECOVERED_WITHIN_MS = 5_000;
const LOOKED_AT_MS = 5_000;
/** Of medians of whole seconds: two cores are shared by all, and two stretches in quiet differ by less. */
const LEAST_RATE = 0.8;
/**
 * A send waits 5 s at most for its turn (LOG-32), and 2 s for the slowest commit here; the rest is for two cores that have
 * to refuse thousands at once and to hear of it.
 */
const ANSWERED_WITHIN_MS = 10_000;
/**
 * What a shard holds at most: SHARD_BOUNDS.heldEntries, and a batch that is being written. Whispers wait in a queue of
 * their own: each sender of the crowd has one of two entries on its way to each of them.
 */
const MOST_HELD = 20_400 + 2 * SENDERS ** 2;
/**
 * Those are 32 MB of text here, with their objects half as much again, and as much is on its way to and from the shard.
 * V8 lets a heap grow to a multiple of that before it looks for garbage, in main and in the shard.
 */
const MEMORY_BOUND = 320 * 1024 * 1024;

/** What is done to PostgreSQL. */
export interface Outage {
  /** Prepares what has to be there before anybody comes. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly begin: (stage: Stage) => Promise<void>;
  readonly lastsMs: number;
  readonly end: (stage: Stage) => Promise<void>;
  /** One more thing that has to hold: looked at once it lasts, and right after its end. */
  readonly during?: (stage: Stage) => Promise<Check>;
  readonly after?: (stage: Stage) => Promise<Check>;
}

/** Does it, and tells what held. */
export function sufferOutage(context: FaultContext, outage: Outage): Promise<readonly Check[]> {
  return onStage(context, { shards: SHARDS, channelsPerShard: 2 }, async (stage) => {
    const { crowd, server } = stage;
    const { random, onStep } = context;
    await outage.prepare?.(stage);
    await crowd.enterMany('listener', 1);
    for (const writer of await crowd.enterMany('sender', SENDERS)) writer.chat();
    const flood = await Flood.open({ ...FLOOD, url: server.url, channels: floodChannels() });
    try {
      await crowd.untilAcknowledged(WARM_UP);
      const begun = stage.now();
      await crowd.untilAcknowledged(random.int(MEASURED, 2 * MEASURED));
      const load = watchLoad(server);
      const broken = stage.now();
      await outage.begin(stage);
      onStep(`${crowd.acknowledged} acknowledged; it begins`);
      const during = outage.during?.(stage);
      flood.pour();
      const [, seen] = await Promise.all([pause(outage.lastsMs), during]);
      const answers = flood.answers;
      await outage.end(stage);
      const mended = stage.now();
      onStep('it is over');
      const seenAfter = await outage.after?.(stage);
      await pause(Math.max(0, mended + RECOVERED_WITHIN_MS + LOOKED_AT_MS - stage.now()));
      await load.stop();
      const floodVerdict = await flood.settle();
      const verdict = await crowd.settle();
      const before = usuallyPerSecond(crowd.records, { from: begun, to: broken });
      const from = mended + RECOVERED_WITHIN_MS;
      const after = usuallyPerSecond(crowd.records, { from, to: from + LOOKED_AT_MS });
      return [
        ...crowdKept(verdict),
        { ...promisesKept(floodVerdict), what: 'the same for clients that do not wait for answers' },
        honest(answers, floodVerdict.counts.invoked),
        inTime(answers),
        stayed(cuts(crowd.records), answers),
        bounded(load),
        ...[seen, seenAfter].filter((check) => check !== undefined),
        recovered(before, after),
      ];
    } finally {
      flood.close();
    }
  });
}

function floodChannels(): string[] {
  const ids: string[] = [];
  for (let n = 0; ids.length < FLOOD.clients; n += 1) {
    const id = `flood-${n}`;
    if (shardOf(`channel:${id}`, SHARDS) === 0) ids.push(id);
  }
  return ids;
}

function honest({ refusals, improper }: FloodAnswers, messages: number): Check {
  const told = [...refusals].map(([code, count]) => `${count} ${code}`);
  return {
    what: 'whoever is refused is told unavailable or overloaded and when to try again, once a try',
    measured: `${messages} messages out at once: ${told.join(', ') || 'none'} refused, ${improper} otherwise`,
    // Where nobody was told, nothing was wrong with PostgreSQL.
    held: improper === 0 && refusals.has('unavailable') && [...refusals.keys()].every(isPassing),
  };
}

function isPassing(code: string): boolean {
  return code === 'unavailable' || code === 'overloaded';
}

function inTime({ longestMs }: FloodAnswers): Check {
  return {
    what: `every send is answered within ${ANSWERED_WITHIN_MS / 1_000} s`,
    measured: `${(longestMs / 1_000).toFixed(1)} s at most`,
    held: longestMs <= ANSWERED_WITHIN_MS,
  };
}

function stayed(cut: number, { ended }: FloodAnswers): Check {
  return {
    what: 'sockets stay open',
    measured: `${cut + ended} lost their connection`,
    held: cut + ended === 0,
  };
}

function bounded({ before, peak, held }: LoadWatch): Check {
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
  return {
    what: `a shard holds ${MOST_HELD} messages at most, and the server takes ${mib(MEMORY_BOUND)} more`,
    measured: `${held} held, ${mib(before)}, then ${mib(peak)} at most`,
    held: held <= MOST_HELD && peak - before <= MEMORY_BOUND,
  };
}

function recovered(before: number, after: number): Check {
  const seconds = [RECOVERED_WITHIN_MS, RECOVERED_WITHIN_MS + LOOKED_AT_MS].map((ms) => ms / 1_000);
  const full = `before, or of the ${FULL_RATE} messages/s that the SDK lets these clients send`;
  return {
    what: `full rate again: from ${seconds.join(' to ')} s after it at least ${LEAST_RATE * 100} % of ${full}`,
    measured: `${Math.round(before)} messages/s before, ${Math.round(after)} after`,
    held: after >= LEAST_RATE * Math.min(before, FULL_RATE),
  };
}
