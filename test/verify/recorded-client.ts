/** A chatting client that writes down everything that it does, that is done to it, and that it is shown. */
import { setTimeout as pause } from 'node:timers/promises';
import { ChatClient } from '../../src/client/chat-client.ts';
import { ChatError, isRetryable } from '../../src/client/chat-error.ts';
import { memoryGuestTokenStore } from '../../src/client/guest-token-store.ts';
import type { Random } from '../sim/random.ts';
import { awkwardText } from './awkward-text.ts';
import { cuttableWire, type CuttableWire } from './cuttable-wire.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { loggedMessage } from './logged-message.ts';
import { SendTries } from './send-tries.ts';

/** The SDK's backoff is for the comfort of servers; here a client is to be back at once. */
const HASTE = 0.02;
/** Messages that are handed to the SDK at once, and the longest pause between such bursts, ms. */
const MAX_BURST = 6;
const MAX_PAUSE_MS = 150;

/** What the client tells while it goes on. */
export interface RecordedClientEvents {
  onAcknowledged(): void;
  /** The server asked to wait before another try. */
  onDelayed(): void;
  /** It was shown something, lost its connection or got one. */
  onChange(): void;
}

/** Who it is, and where. */
export interface RecordedClientOptions {
  /** As the history calls it; no two have the same. */
  readonly name: string;
  readonly url: string;
  /** Without one it is a guest. */
  readonly token?: string | undefined;
  /** Whether the channels are empty as yet, so that it is owed everything. */
  readonly fromStart: boolean;
  readonly random: Random;
  readonly recorder: HistoryRecorder;
  /** Gives what it sends, which begins with `beginning`; awkward texts when absent. */
  readonly text?: ((beginning: string, random: Random) => string) | undefined;
}

/** Joins all channels, and once told to chats in all of them until told to stop. */
export class RecordedClient {
  readonly name: string;
  readonly #options: RecordedClientOptions;
  readonly #events: RecordedClientEvents;
  readonly #tries = new SendTries();
  readonly #wire: CuttableWire;
  /** All SDK clients that follow one another here are one user. */
  readonly #guestTokenStore = memoryGuestTokenStore();
  #chat: ChatClient;
  #userId = '';
  #channels: readonly string[] = [];
  readonly #lastShown = new Map<string, number>();
  readonly #lanes: Promise<void>[] = [];
  #messages = 0;
  #chatting = false;
  #away = false;
  #ended = false;
  #stoppedBy: ChatError | null = null;

  constructor(options: RecordedClientOptions, events: RecordedClientEvents) {
    this.name = options.name;
    this.#options = options;
    this.#events = events;
    this.#wire = cuttableWire(this.#tries);
    this.#chat = this.#newChat();
  }

  get online(): boolean {
    return this.#chat.state === 'online';
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it was ever told to send. */
  get chatting(): boolean {
    return this.#lanes.length > 0;
  }

  /** Why the server lets it go on no more, at all or in a channel; null: it does. */
  get stoppedBy(): ChatError | null {
    return this.#stoppedBy;
  }

  /** Connects and joins. Rejects with a {@link ChatError} when the server doesn't let it. */
  async enter(channels: readonly string[]): Promise<void> {
    await this.#chat.connect();
    this.#channels = channels;
    const { fromStart, recorder } = this.#options;
    for (const channelId of channels) {
      recorder.add({ type: 'joins', observer: this.name, channelId, after: fromStart ? 0 : null });
    }
    await Promise.all(channels.map((channelId) => this.#chat.join(channelId)));
  }

  /** Begins to send: bursts into every channel, the next when the last is answered. */
  chat(): void {
    this.#chatting = true;
    for (const channelId of this.#channels) this.#lanes.push(this.#lane(channelId));
  }

  /** Ends sending; resolves when everything that was sent is answered. */
  async fallSilent(): Promise<void> {
    this.#chatting = false;
    await Promise.all(this.#lanes);
  }

  /** Tears the connection; the SDK comes back by itself. */
  cut(): void {
    this.#wire.cut();
  }

  /**
   * Throws the SDK's client away in the middle, with what it was about to send, and goes on with another one `awayMs`
   * later, from where the first one was. Resolves when that one has caught up.
   */
  async replace(awayMs: number): Promise<void> {
    const before = this.#chat;
    const places = this.#channels.map((channelId) => {
      return { channelId, recover: before.resumePoint(channelId) ?? undefined };
    });
    this.#isAway();
    before.close();
    this.#chat = this.#newChat();
    // Before it connects, so that what is sent meanwhile waits for the join.
    const joins = places.map(({ channelId, recover }) => this.#chat.join(channelId, { recover }));
    const back = Promise.all(joins);
    back.catch(() => undefined);
    await pause(awayMs);
    if (this.#ended) return;
    await this.#chat.connect();
    await back;
  }

  /** Breaks off for good: what isn't answered stays of unknown outcome. */
  async end(): Promise<void> {
    if (!this.#ended) this.#options.recorder.add({ type: 'left', observer: this.name });
    await this.close();
  }

  /** Closes when everything is over: it was owed everything up to here. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#chat.close();
    await this.fallSilent();
  }

  /** The highest number that was shown of the channel. */
  lastShown(channelId: string): number {
    return this.#lastShown.get(channelId) ?? 0;
  }

  #newChat(): ChatClient {
    const { url, token, name, random, recorder } = this.#options;
    const chat = new ChatClient({
      url,
      token,
      name,
      guestTokenStore: this.#guestTokenStore,
      webSocket: this.#wire.socketClass,
      random: () => random.next() * HASTE,
      // A server that is slow to take messages is waited for.
      maxSendAttempts: Infinity,
    });
    chat.on('event', (event) => {
      const { channelId } = event;
      this.#lastShown.set(channelId, event.seq);
      recorder.add({ type: 'shown', observer: this.name, channelId, ...loggedMessage(event) });
      this.#events.onChange();
    });
    chat.on('gap', ({ channelId, from, to }) =>
      recorder.add({ type: 'gap', observer: this.name, channelId, from, to }),
    );
    chat.on('outbox', (change) => {
      if (change.change === 'delayed') this.#events.onDelayed();
    });
    chat.on('error', (error) => {
      if (chat.state === 'stopped' || (error.channelId !== undefined && !isRetryable(error))) {
        this.#stoppedBy ??= error;
      }
    });
    chat.on('welcome', ({ user }) => {
      this.#userId = user.id;
      if (this.#away) recorder.add({ type: 'back', observer: this.name });
      this.#away = false;
      this.#events.onChange();
    });
    chat.on('state', (state) => {
      if (state === 'waiting') this.#isAway();
      this.#events.onChange();
    });
    return chat;
  }

  #isAway(): void {
    // Before the first join there is nothing to come back to.
    if (this.#away || this.#channels.length === 0) return;
    this.#away = true;
    this.#options.recorder.add({ type: 'cut', observer: this.name });
  }

  async #lane(channelId: string): Promise<void> {
    const { random } = this.#options;
    while (this.#chatting) {
      await Promise.all(Array.from({ length: random.int(1, MAX_BURST) }, () => this.#send(channelId)));
      await pause(random.int(0, MAX_PAUSE_MS));
    }
  }

  async #send(channelId: string): Promise<void> {
    const { recorder, random, text = awkwardText } = this.#options;
    this.#messages += 1;
    const clientMessageId = `${this.name}-${this.#messages}`;
    const content = text(`${clientMessageId} in ${channelId}`, random);
    const operation = recorder.nextOperation();
    recorder.add({
      type: 'invoked',
      operation,
      channelId,
      sender: this.name,
      authorId: this.#userId,
      clientMessageId,
      content,
    });
    try {
      const { id, seq, duplicate = false } = await this.#chat.send(channelId, content, { clientMessageId });
      this.#tries.mayHaveLanded(clientMessageId);
      recorder.add({ type: 'ok', operation, id, seq, duplicate });
      this.#events.onAcknowledged();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const type = this.#tries.mayHaveLanded(clientMessageId) ? 'unknown' : 'failed';
      recorder.add({ type, operation, reason: `${error.code}: ${error.message}` });
    }
  }
}
