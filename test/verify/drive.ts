/** Drives senders and listeners against a server for a while, cuts them at random, and writes everything down. */
import { setTimeout as pause } from 'node:timers/promises';
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';
import type { Random } from '../sim/random.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { readLogs } from './read-logs.ts';
import { RecordedClient } from './recorded-client.ts';
import { Watch, withPatience } from './watch.ts';

/** How long anything that has to happen may take, ms. */
const PATIENCE_MS = 60_000;
/** Time from one cut to the next, ms. */
const CUT_EVERY_MS = { least: 100, most: 600 } as const;
/** How many of the cuts only tear the connection; in the others the client is thrown away. */
const TORN = 0.6;
/** How long a client that was thrown away leaves its place empty, at most, ms. */
const MOST_AWAY_MS = 1_500;

/** Where, who, and for how long. */
export interface DriveOptions {
  readonly url: string;
  /** Everyone's; without one everyone is a guest of their own. */
  readonly token?: string | undefined;
  /** Ids of channels in which nobody ever wrote, and nobody else writes. */
  readonly channels: readonly string[];
  readonly senders: number;
  readonly listeners: number;
  readonly seconds: number;
  readonly random: Random;
  readonly recorder: HistoryRecorder;
  /** Told of each step. */
  readonly onStep: (text: string) => void;
}

/** What it came to; all else is in the history. */
export interface DriveOutcome {
  /** How often the server asked to wait before a message is sent again. */
  readonly delays: number;
}

/** Rejects with the client's ChatError, or an Error that says what was waited for, when the server can't be used. */
export async function drive(options: DriveOptions): Promise<DriveOutcome> {
  const run = new DriveRun(options);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class DriveRun {
  readonly #options: DriveOptions;
  readonly #watch = new Watch();
  readonly #clients: RecordedClient[] = [];
  readonly #replacements = new Map<RecordedClient, Promise<void>>();
  #delays = 0;

  constructor(options: DriveOptions) {
    this.#options = options;
  }

  async run(): Promise<DriveOutcome> {
    const { listeners, senders, seconds, onStep } = this.#options;
    for (let index = 0; index < listeners; index += 1) await this.#enter(`listener-${index}`);
    const writers: RecordedClient[] = [];
    for (let index = 0; index < senders; index += 1) writers.push(await this.#enter(`sender-${index}`));
    onStep(`everyone is there; sending for ${seconds} s`);
    for (const writer of writers) writer.chat();
    await this.#cutUntil(performance.now() + seconds * 1_000);
    await Promise.all(this.#replacements.values());
    this.#assertGoing();
    onStep('waiting for the last answers');
    await this.#silence(writers);
    this.#assertGoing();
    onStep('reading back');
    const heads = [...(await this.#readLogs())];
    // Not everyone has to be shown everything for a verdict: the checker says who wasn't.
    const hasAll = (client: RecordedClient): boolean =>
      client.online && heads.every(([channelId, head]) => client.lastShown(channelId) >= head);
    await this.#watch.until(
      () => this.#clients.every((client) => client.ended || hasAll(client)),
      PATIENCE_MS,
    );
    this.#assertGoing();
    return { delays: this.#delays };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #enter(name: string): Promise<RecordedClient> {
    const { url, token, random, recorder, channels } = this.#options;
    const client = new RecordedClient(
      { name, url, token, fromStart: true, random, recorder },
      {
        onAcknowledged: () => undefined,
        onDelayed: () => {
          this.#delays += 1;
        },
        onChange: () => this.#watch.changed(),
      },
    );
    this.#clients.push(client);
    try {
      await withPatience(client.enter(channels), PATIENCE_MS, `${name} has joined`);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      throw new Error(`${name} can't join a new channel: ${error.code}, ${error.message}`, { cause: error });
    }
    return client;
  }

  async #cutUntil(endMs: number): Promise<void> {
    const { random } = this.#options;
    for (;;) {
      const waitMs = random.int(CUT_EVERY_MS.least, CUT_EVERY_MS.most);
      const leftMs = endMs - performance.now();
      await pause(Math.max(0, Math.min(waitMs, leftMs)));
      if (waitMs >= leftMs) return;
      const client = random.pick(this.#clients);
      if (this.#replacements.has(client)) continue;
      if (random.chance(TORN)) client.cut();
      else this.#replace(client, random.int(0, MOST_AWAY_MS));
    }
  }

  #replace(client: RecordedClient, awayMs: number): void {
    const back = withPatience(client.replace(awayMs), PATIENCE_MS, `${client.name} is back`);
    this.#replacements.set(client, back);
    // One that failed stays, and is told of when the time is over.
    back.then(
      () => this.#replacements.delete(client),
      () => undefined,
    );
  }

  /** Who still waits for answers after that time is ended; the outcome of what they sent stays unknown. */
  async #silence(writers: readonly RecordedClient[]): Promise<void> {
    const silent = Promise.all(writers.map((writer) => writer.fallSilent()));
    try {
      await withPatience(silent, PATIENCE_MS, 'all is answered');
    } catch {
      this.#options.onStep(`not all is answered after ${PATIENCE_MS / 1_000} s; going on without`);
      await Promise.all(writers.map((writer) => writer.end()));
    }
  }

  async #readLogs(): Promise<ReadonlyMap<string, number>> {
    const { url, token, channels, recorder } = this.#options;
    const reader = new ChatClient({ url, token });
    try {
      await withPatience(reader.connect(), PATIENCE_MS, 'the logs can be read');
      return await readLogs(reader, channels, recorder);
    } finally {
      reader.close();
    }
  }

  /** A client that the server told to stop would look like one that was shown too little. */
  #assertGoing(): void {
    for (const { stoppedBy } of this.#clients) if (stoppedBy !== null) throw stoppedBy;
  }
}
