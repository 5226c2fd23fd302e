/** Recorded clients in the same channels: they come in, chat, fall silent, and what they were told is checked. */
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';
import type { Random } from '../sim/random.ts';
import { checkHistory, type Verdict } from './check-history.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { readLogs } from './read-logs.ts';
import { RecordedClient, type RecordedClientOptions } from './recorded-client.ts';
import { Watch, withPatience } from './watch.ts';

/** How long anything that has to happen may take, ms. */
export const PATIENCE_MS = 60_000;

/** Where, who, and into which history. */
export interface CrowdOptions {
  readonly url: string;
  /** Everyone's; without one everyone is a guest of their own. */
  readonly token?: string | undefined;
  /** Ids of channels in which nobody ever wrote, and nobody else writes. */
  readonly channels: readonly string[];
  readonly random: Random;
  readonly recorder: HistoryRecorder;
  /** Texts that begin so; awkward ones when absent. */
  readonly text?: RecordedClientOptions['text'];
}

/** See the head of the file. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #watch = new Watch();
  readonly #clients: RecordedClient[] = [];
  #acknowledged = 0;
  #delays = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** Who came in and didn't end. */
  get present(): readonly RecordedClient[] {
    return this.#clients.filter(({ ended }) => !ended);
  }

  get records(): readonly HistoryRecord[] {
    return this.#options.recorder.records;
  }

  /** Messages that the server acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How often the server asked to wait before a message is sent again. */
  get delays(): number {
    return this.#delays;
  }

  /**
   * Resolves when a new client has joined all channels; `fromStart`: nobody wrote in them yet, so it is owed everything.
   * Rejects when it can't.
   */
  async enter(name: string, fromStart = true): Promise<RecordedClient> {
    const { url, token, random, recorder, channels, text } = this.#options;
    const client = new RecordedClient(
      { name, url, token, fromStart, random, recorder, text },
      {
        onAcknowledged: () => {
          this.#acknowledged += 1;
          this.#watch.changed();
        },
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

  /** Several clients, one after another: `listener-0`, `listener-1`, … */
  async enterMany(name: string, count: number): Promise<readonly RecordedClient[]> {
    const entered: RecordedClient[] = [];
    for (let index = 0; index < count; index += 1) entered.push(await this.enter(`${name}-${index}`));
    return entered;
  }

  /** Resolves when `condition` holds, looking at it after each change; rejects when it takes too long, naming `what`. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (await this.#watch.until(condition, PATIENCE_MS)) return;
    throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
  }

  /** Resolves when so many more messages are acknowledged. */
  async untilAcknowledged(more: number): Promise<void> {
    const due = this.#acknowledged + more;
    await this.until(() => this.#acknowledged >= due, 'acknowledgements come');
  }

  /** Resolves when everyone present is connected. */
  async untilAllOnline(): Promise<void> {
    await this.until(() => this.present.every(({ online }) => online), 'everyone is back');
  }

  /**
   * Who still waits for answers after a while is ended, and the outcome of what they sent stays unknown. Resolves with
   * whether all was answered.
   */
  async fallSilent(): Promise<boolean> {
    const { present } = this;
    try {
      await withPatience(
        Promise.all(present.map((client) => client.fallSilent())),
        PATIENCE_MS,
        'all is answered',
      );
      return true;
    } catch {
      await Promise.all(present.filter((client) => client.chatting).map((client) => client.end()));
      return false;
    }
  }

  /** Reads the logs back, and waits until everyone present was shown them; the checker says who wasn't. */
  async catchUp(): Promise<void> {
    const heads = [...(await this.#readLogs())];
    const hasAll = (client: RecordedClient): boolean =>
      client.online && heads.every(([channelId, head]) => client.lastShown(channelId) >= head);
    await this.#watch.until(() => this.present.every(hasAll), PATIENCE_MS);
  }

  /** {@link fallSilent}, {@link catchUp}, and what the checker finds. */
  async settle(): Promise<Verdict> {
    await this.fallSilent();
    await this.catchUp();
    return checkHistory(this.records);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
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
}
