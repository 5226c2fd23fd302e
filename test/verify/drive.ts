/** Drives senders and listeners against a server for a while, cuts them at random, and writes everything down. */
import { setTimeout as pause } from 'node:timers/promises';
import { Crowd, type CrowdOptions, PATIENCE_MS } from './crowd.ts';
import type { RecordedClient } from './recorded-client.ts';
import { withPatience } from './watch.ts';

/** Time from one cut to the next, ms. */
const CUT_EVERY_MS = { least: 100, most: 600 } as const;
/** How many of the cuts only tear the connection; in the others the client is thrown away. */
const TORN = 0.6;
/** How long a client that was thrown away leaves its place empty, at most, ms. */
const MOST_AWAY_MS = 1_500;

/** Where, who, and for how long. */
export interface DriveOptions extends CrowdOptions {
  readonly senders: number;
  readonly listeners: number;
  readonly seconds: number;
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
  readonly #crowd: Crowd;
  readonly #replacements = new Map<RecordedClient, Promise<void>>();

  constructor(options: DriveOptions) {
    this.#options = options;
    this.#crowd = new Crowd(options);
  }

  async run(): Promise<DriveOutcome> {
    const { listeners, senders, seconds, onStep } = this.#options;
    await this.#crowd.enterMany('listener', listeners);
    const writers = await this.#crowd.enterMany('sender', senders);
    onStep(`everyone is there; sending for ${seconds} s`);
    for (const writer of writers) writer.chat();
    await this.#cutUntil(performance.now() + seconds * 1_000);
    await Promise.all(this.#replacements.values());
    this.#assertGoing();
    onStep('waiting for the last answers');
    if (!(await this.#crowd.fallSilent())) {
      onStep(`not all is answered after ${PATIENCE_MS / 1_000} s; going on without`);
    }
    this.#assertGoing();
    onStep('reading back');
    await this.#crowd.catchUp();
    this.#assertGoing();
    return { delays: this.#crowd.delays };
  }

  async close(): Promise<void> {
    await this.#crowd.close();
  }

  async #cutUntil(endMs: number): Promise<void> {
    const { random } = this.#options;
    for (;;) {
      const waitMs = random.int(CUT_EVERY_MS.least, CUT_EVERY_MS.most);
      const leftMs = endMs - performance.now();
      await pause(Math.max(0, Math.min(waitMs, leftMs)));
      if (waitMs >= leftMs) return;
      const client = random.pick(this.#crowd.present);
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

  /** A client that the server told to stop would look like one that was shown too little. */
  #assertGoing(): void {
    for (const { stoppedBy } of this.#crowd.present) if (stoppedBy !== null) throw stoppedBy;
  }
}
