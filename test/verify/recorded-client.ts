/** A chatting client that writes down everything that it does, that is done to it, and that it is shown. */
import { setTimeout as pause } from 'node:timers/promises';
import { ChatClient } from '../../src/client/chat-client.ts';
import { type ChatError, isRetryable } from '../../src/client/chat-error.ts';
import type { GuestTokenStore } from '../../src/client/guest-token-store.ts';
import type { Random } from '../sim/random.ts';
import { awkwardText } from './awkward-text.ts';
import { cuttableWire, type CuttableWire } from './cuttable-wire.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { loggedMessage } from './logged-message.ts';
import { RecordedInbox } from './recorded-inbox.ts';
import { RecordedSends } from './recorded-sends.ts';

/** The SDK's backoff is for the comfort of servers; here a client is to be back at once. */
const HASTE = 0.02;
/** Messages that are handed to the SDK at once, and the longest pause between such bursts, ms. */
const MAX_BURST = 6;
const MAX_PAUSE_MS = 150;

/** Whose clients these are: those of one user share it, and are devices of that user. */
export interface CrowdUser {
  /** The name to ask for. */
  readonly name: string;
  readonly guestTokenStore: GuestTokenStore;
}

/** What the client tells while it goes on. */
export interface RecordedClientEvents {
  /** A message in a channel was. */
  onAcknowledged(): void;
  /** The server asked to wait before another try of a message to a channel, or of a whisper; the log is named. */
  onDelayed(channelId: string): void;
  /** It was shown something, lost its connection or got one. */
  onChange(): void;
}

/** Who it is, and where. */
export interface RecordedClientOptions {
  /** As the history calls it; no two have the same. */
  readonly name: string;
  readonly url: string;
  readonly user: CrowdUser;
  /** Without one it is a guest. */
  readonly token?: string | undefined;
  /** Whether the channels are empty as yet, so that it is owed everything. */
  readonly fromStart: boolean;
  readonly random: Random;
  readonly recorder: HistoryRecorder;
  /** Gives what it sends, which begins with `beginning`; awkward texts when absent. */
  readonly text?: ((beginning: string, random: Random) => string) | undefined;
  /** Ids of those to whom it whispers; null: it leaves inboxes alone. */
  readonly people: (() => readonly string[]) | null;
}

/** Joins all channels, and once told to chats in all of them, and whispers, until told to stop. */
export class RecordedClient {
  readonly name: string;
  readonly #options: RecordedClientOptions;
  readonly #events: RecordedClientEvents;
  readonly #sends: RecordedSends;
  readonly #inbox: RecordedInbox | null;
  readonly #wire: CuttableWire;
  #chat: ChatClient;
  #userId = '';
  #channels: readonly string[] = [];
  readonly #lastShown = new Map<string, number>();
  readonly #lanes: Promise<void>[] = [];
  #chatting = false;
  #away = false;
  #ended = false;
  #stoppedBy: ChatError | null = null;

  constructor(options: RecordedClientOptions, events: RecordedClientEvents) {
    this.name = options.name;
    this.#options = options;
    this.#events = events;
    const { name, random, recorder, text = awkwardText, people } = options;
    const sends = new RecordedSends(name, recorder);
    this.#sends = sends;
    this.#inbox =
      people === null
        ? null
        : new RecordedInbox({
            ...{ name, random, recorder, sends, text, people },
            userId: () => this.#userId,
            onShown: () => events.onChange(),
            onDelayed: (key) => events.onDelayed(key),
          });
    this.#wire = cuttableWire(sends.tries);
    this.#chat = this.#newChat();
  }

  get online(): boolean {
    return this.#chat.state === 'online';
  }

  /** Who it is; empty before the first welcome. */
  get userId(): string {
    return this.#userId;
  }

  /** Up to where it was shown its inbox; null: it leaves that alone, or the server has none. */
  get inboxShown(): number | null {
    return this.#inbox?.lastShown ?? null;
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

  /** Begins to send: bursts into every channel, the next when the last is answered, and the same to people. */
  chat(): void {
    this.#chatting = true;
    for (const channelId of this.#channels) this.#lanes.push(this.#lane(channelId));
    if (this.#inbox === null) return;
    this.#lanes.push(
      this.#inbox.whisper(
        () => this.#chat,
        () => this.#chatting,
      ),
    );
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
    const { url, token, user, random, recorder } = this.#options;
    const chat = new ChatClient({
      ...{ url, token },
      ...user,
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
      if (change.change === 'delayed') this.#events.onDelayed(change.message.channelId);
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
    this.#inbox?.follow(chat);
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
    const { random, text = awkwardText } = this.#options;
    const clientMessageId = this.#sends.nextId();
    const content = text(`${clientMessageId} in ${channelId}`, random);
    const placed = await this.#sends.send(
      { channelId, authorId: this.#userId, clientMessageId, content },
      () => this.#chat.send(channelId, content, { clientMessageId }),
    );
    if (placed !== null) this.#events.onAcknowledged();
  }
}
