/** `kill -9` under load, again and again, with clients that come back by themselves; then everything is checked. */
import { startHubbubServer, type HubbubServer } from '../../bench/hubbub-server.ts';
import { Random } from '../sim/random.ts';
import type { Verdict } from '../verify/check-history.ts';
import { Crowd } from '../verify/crowd.ts';
import { HistoryRecorder } from '../verify/history-recorder.ts';

/** A kill comes after so many acknowledgements since everyone was back, at least, and at most as many more. */
const ACKS_BEFORE_KILL = 150;

/** Whispers go from shard to shard where there are two. */
const SETTINGS = { SHARDS: '2' } as const;

/** How hard to try. */
export interface KillCheckOptions {
  /** Kills. */
  readonly rounds: number;
  readonly senders: number;
  readonly listeners: number;
  readonly channels: number;
  readonly seed: number;
  /** Told of each step. */
  readonly onStep: (text: string) => void;
}

/** What came of it. */
export interface KillCheckOutcome {
  readonly verdict: Verdict;
  /** From each start until the server was ready, ms. */
  readonly readyMs: readonly number[];
}

/** Runs the check on a server of its own. Rejects when the server or a client doesn't come back in time. */
export async function runKillCheck(options: KillCheckOptions): Promise<KillCheckOutcome> {
  const server = await startHubbubServer({ env: SETTINGS });
  const random = new Random(options.seed);
  const recorder = new HistoryRecorder(() => performance.now());
  const channels = Array.from({ length: options.channels }, (_, index) => `kill-${index}`);
  const crowd = new Crowd({ url: server.url, channels, random, recorder });
  recorder.add({ type: 'run', seed: options.seed });
  try {
    const readyMs = await killUnderLoad(options, server, crowd, random);
    return { verdict: await crowd.settle(), readyMs };
  } finally {
    await crowd.close();
    await server.remove();
  }
}

async function killUnderLoad(
  { rounds, senders, listeners, onStep }: KillCheckOptions,
  server: HubbubServer,
  crowd: Crowd,
  random: Random,
): Promise<readonly number[]> {
  await crowd.enterMany('listener', listeners);
  for (const writer of await crowd.enterMany('sender', senders)) writer.chat();
  const readyMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // One that breaks off in the middle leaves operations whose outcome nobody knows.
    const mortal = await crowd.enter(`mortal-${round}`, false);
    mortal.chat();
    await crowd.untilAcknowledged(Math.floor(ACKS_BEFORE_KILL * (1 + random.next())));
    const before = crowd.acknowledged;
    await Promise.all([mortal.end(), server.kill()]);
    const killedAt = performance.now();
    await server.start();
    readyMs.push(performance.now() - killedAt);
    await crowd.untilAllOnline();
    onStep(`kill ${round} of ${rounds}: after ${before} acknowledgements; everyone is back`);
  }
  return readyMs;
}
