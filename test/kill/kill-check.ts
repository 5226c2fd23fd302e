/** `kill -9` under load, again and again, with clients that come back by themselves; then everything is checked. */
import { startHubbubServer, type HubbubServer } from '../../bench/hubbub-server.ts';
import { ChatClient } from '../../src/client/chat-client.ts';
import { Random } from '../sim/random.ts';
import { checkHistory, type Verdict } from '../verify/check-history.ts';
import { HistoryRecorder } from '../verify/history-recorder.ts';
import { readLogs } from '../verify/read-logs.ts';
import { RecordedClient } from '../verify/recorded-client.ts';
import { Watch, withPatience } from '../verify/watch.ts';

/** How long anything that has to happen may take, ms. */
const PATIENCE_MS = 60_000;
/** A kill comes after so many acknowledgements since everyone was back, at least, and at most as many more. */
const ACKS_BEFORE_KILL = 150;

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

/** Runs the check on a server of its own. Rejects when the server or a client doesn't come back in time. */
export async function runKillCheck(options: KillCheckOptions): Promise<Verdict> {
  const server = await startHubbubServer();
  const run = new KillRun(options, server);
  try {
    return await run.run();
  } finally {
    await run.close();
    await server.remove();
  }
}

class KillRun {
  readonly #options: KillCheckOptions;
  readonly #server: HubbubServer;
  readonly #channels: readonly string[];
  readonly #random: Random;
  readonly #recorder = new HistoryRecorder(() => performance.now());
  readonly #watch = new Watch();
  readonly #present = new Set<RecordedClient>();
  #acknowledged = 0;

  constructor(options: KillCheckOptions, server: HubbubServer) {
    this.#options = options;
    this.#server = server;
    this.#random = new Random(options.seed);
    this.#channels = Array.from({ length: options.channels }, (_, index) => `kill-${index}`);
  }

  async run(): Promise<Verdict> {
    const { rounds, senders, listeners, seed, onStep } = this.#options;
    this.#recorder.add({ type: 'run', seed });
    for (let index = 0; index < listeners; index += 1) await this.#enter(`listener-${index}`, true);
    const writers: RecordedClient[] = [];
    for (let index = 0; index < senders; index += 1) writers.push(await this.#enter(`sender-${index}`, true));
    for (const writer of writers) writer.chat();
    for (let round = 1; round <= rounds; round += 1) {
      // One that breaks off in the middle leaves operations whose outcome nobody knows.
      const mortal = await this.#enter(`mortal-${round}`, false);
      mortal.chat();
      const due = this.#acknowledged + Math.floor(ACKS_BEFORE_KILL * (1 + this.#random.next()));
      await this.#until(() => this.#acknowledged >= due, 'acknowledgements come');
      this.#present.delete(mortal);
      const before = this.#acknowledged;
      await Promise.all([mortal.end(), this.#server.kill()]);
      await this.#server.start();
      await this.#until(() => [...this.#present].every(({ online }) => online), 'everyone is back');
      onStep(`kill ${round} of ${rounds}: after ${before} acknowledgements; everyone is back`);
    }
    return this.#verdict();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#present].map((client) => client.close()));
  }

  async #verdict(): Promise<Verdict> {
    const present = [...this.#present];
    await withPatience(
      Promise.all(present.map((client) => client.fallSilent())),
      PATIENCE_MS,
      'all is answered',
    );
    const heads = [...(await this.#readLogs())];
    // Not everyone has to be shown everything for a verdict: the checker says who wasn't.
    await this.#watch.until(
      () =>
        present.every((client) => heads.every(([channelId, head]) => client.lastShown(channelId) >= head)),
      PATIENCE_MS,
    );
    return checkHistory(this.#recorder.records);
  }

  async #enter(name: string, fromStart: boolean): Promise<RecordedClient> {
    const client = new RecordedClient(
      { name, url: this.#server.url, fromStart, random: this.#random, recorder: this.#recorder },
      {
        onAcknowledged: () => {
          this.#acknowledged += 1;
          this.#watch.changed();
        },
        onDelayed: () => undefined,
        onChange: () => this.#watch.changed(),
      },
    );
    this.#present.add(client);
    await withPatience(client.enter(this.#channels), PATIENCE_MS, `${name} joins`);
    return client;
  }

  async #readLogs(): Promise<ReadonlyMap<string, number>> {
    const reader = new ChatClient({ url: this.#server.url, name: 'reader' });
    try {
      await withPatience(reader.connect(), PATIENCE_MS, 'the reader connects');
      return await readLogs(reader, this.#channels, this.#recorder);
    } finally {
      reader.close();
    }
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    if (await this.#watch.until(condition, PATIENCE_MS)) return;
    throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
  }
}
