/**
 * Recorded clients in the same channels: they come in, chat and whisper, fall silent, and what they were told is checked.
 * Where all of them have one token nobody whispers: that user's inbox is somebody's own.
 */
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError } from '../../src/client/chat-error.ts';
import { memoryGuestTokenStore } from '../../src/client/guest-token-store.ts';
import type { Random } from '../sim/random.ts';
import { checkHistory, type Verdict } from './check-history.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { inboxKey } from './inbox-key.ts';
import { readInbox, readLogs } from './read-logs.ts';
import { type CrowdUser, RecordedClient, type RecordedClientOptions } from './recorded-client.ts';
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
  readonly #users = new Map<RecordedClient, CrowdUser>();
  readonly #numbered = new Map<number, CrowdUser>();
  #acknowledged = 0;
  /** By channel or inbox. */
  readonly #delays = new Map<string, number>();

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

  /** Messages in channels that the server acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How often the server asked to wait before a message or whisper is sent again. */
  get delays(): number {
    return [...this.#delays.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The same of one channel. */
  delaysIn(channelId: string): number {
    return this.#delays.get(channelId) ?? 0;
  }

  /**
   * Resolves when a new client has joined all channels; `fromStart`: nobody wrote in them yet, so it is owed everything.
   * Rejects when it can't.
   */
  async enter(name: string, fromStart = true, user: CrowdUser = newUser(name)): Promise<RecordedClient> {
    const { url, token, random, recorder, channels, text } = this.#options;
    const people = token === undefined ? this.#people : null;
    const client = new RecordedClient(
      { name, url, user, token, fromStart, random, recorder, text, people },
      {
        onAcknowledged: () => {
          this.#acknowledged += 1;
          this.#watch.changed();
        },
        onDelayed: (channelId) => {
          this.#delays.set(channelId, this.delaysIn(channelId) + 1);
        },
        onChange: () => this.#watch.changed(),
      },
    );
    this.#clients.push(client);
    this.#users.set(client, user);
    try {
      await withPatience(client.enter(channels), PATIENCE_MS, `${name} has joined`);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      throw new Error(`${name} can't join a new channel: ${error.code}, ${error.message}`, { cause: error });
    }
    return client;
  }

  /**
   * Several clients, one after another: `listener-0`, `listener-1`, … Those with one number are devices of one user:
   * `listener-0` and `sender-0`, say.
   */
  async enterMany(name: string, count: number): Promise<readonly RecordedClient[]> {
    const entered: RecordedClient[] = [];
    for (let index = 0; index < count; index += 1) {
      const user = this.#numbered.get(index) ?? newUser(`user-${index}`);
      this.#numbered.set(index, user);
      entered.push(await this.enter(`${name}-${index}`, true, user));
    }
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

  /** Reads channels and inboxes back, and waits until everyone present was shown them; the checker says who wasn't. */
  async catchUp(): Promise<void> {
    const heads = [...(await this.#readLogs())];
    const inboxes = await this.#readInboxes();
    const hasAll = (client: RecordedClient): boolean =>
      client.online &&
      heads.every(([channelId, head]) => client.lastShown(channelId) >= head) &&
      (client.inboxShown ?? Infinity) >= (inboxes.get(client.userId) ?? 0);
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

  /** Everyone who is present, as whom one whispers to. */
  readonly #people = (): readonly string[] => [
    ...new Set(this.present.map(({ userId }) => userId).filter((userId) => userId !== '')),
  ];

  async #readLogs(): Promise<ReadonlyMap<string, number>> {
    const { url, token, channels, recorder } = this.#options;
    return reading(new ChatClient({ url, token }), (reader) => readLogs(reader, channels, recorder));
  }

  /** The heads of everyone's inboxes by user, of those too who have ended. */
  async #readInboxes(): Promise<ReadonlyMap<string, number>> {
    const { url, recorder } = this.#options;
    const heads = new Map<string, number>();
    for (const [{ userId, inboxShown }, user] of this.#users) {
      if (inboxShown === null || heads.has(userId)) continue;
      const read = (reader: ChatClient): Promise<number> => readInbox(reader, inboxKey(userId), recorder);
      heads.set(userId, await reading(new ChatClient({ url, ...user }), read));
    }
    return heads;
  }
}

function newUser(name: string): CrowdUser {
  return { name, guestTokenStore: memoryGuestTokenStore() };
}

/** What `read` brings while `reader` is connected. */
async function reading<T>(reader: ChatClient, read: (reader: ChatClient) => Promise<T>): Promise<T> {
  try {
    await withPatience(reader.connect(), PATIENCE_MS, 'the logs can be read');
    return await read(reader);
  } finally {
    reader.close();
  }
}
