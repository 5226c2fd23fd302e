/** A chatting client that writes down everything that it does and is shown. */
import { ChatClient } from '../../src/client/chat-client.ts';
import type { LogEvent } from '../../src/protocol/events.ts';
import type { LoggedMessage, SendRecord, ViewRecord } from './records.ts';

/** The SDK's backoff is for the comfort of servers; here a client is to be back at once. */
const HASTE = 0.02;
/** Messages that are handed to the SDK at once, and the longest pause between such bursts, ms. */
const MAX_BURST = 6;
const MAX_PAUSE_MS = 150;

/** What the client tells while it goes on. */
export interface RecordedClientEvents {
  onAcknowledged(duplicate: boolean): void;
  onState(): void;
}

interface OpenView {
  readonly shown: LoggedMessage[];
  gaps: number;
}

/** Joins all channels, and once told to chats in all of them until told to stop. */
export class RecordedClient {
  readonly name: string;
  readonly sends: { -readonly [K in keyof SendRecord]: SendRecord[K] }[] = [];
  /** Operations that the SDK rejected: only {@link end} makes it do so. */
  rejected = 0;
  readonly #chat: ChatClient;
  readonly #events: RecordedClientEvents;
  readonly #random: () => number;
  readonly #views = new Map<string, OpenView>();
  readonly #fromStart: boolean;
  readonly #lanes: Promise<void>[] = [];
  #chatting = false;
  #ended = false;

  constructor(
    options: {
      readonly name: string;
      readonly url: string;
      /** Whether the channels are empty as yet. */
      readonly fromStart: boolean;
      readonly random: () => number;
    },
    events: RecordedClientEvents,
  ) {
    const { name, url, random } = options;
    this.name = name;
    this.#fromStart = options.fromStart;
    this.#events = events;
    this.#random = random;
    this.#chat = new ChatClient({ url, name, random: () => random() * HASTE });
    this.#chat.on('event', (event) => this.#views.get(event.channelId)?.shown.push(loggedMessage(event)));
    this.#chat.on('gap', ({ channelId }) => {
      const view = this.#views.get(channelId);
      if (view !== undefined) view.gaps += 1;
    });
    this.#chat.on('state', () => events.onState());
  }

  get online(): boolean {
    return this.#chat.state === 'online';
  }

  /** Connects and joins. */
  async enter(channels: readonly string[]): Promise<void> {
    await this.#chat.connect();
    await Promise.all(
      channels.map(async (channelId) => {
        this.#views.set(channelId, { shown: [], gaps: 0 });
        await this.#chat.join(channelId);
      }),
    );
  }

  /** Begins to send: bursts into every channel, the next when the last is answered. */
  chat(): void {
    this.#chatting = true;
    for (const channelId of this.#views.keys()) this.#lanes.push(this.#lane(channelId));
  }

  /** Ends sending; resolves when everything that was sent is answered. */
  async fallSilent(): Promise<void> {
    this.#chatting = false;
    await Promise.all(this.#lanes);
  }

  /** Breaks off in the middle: what isn't answered stays of unknown outcome. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#chat.close();
    await this.fallSilent();
  }

  /** The highest number that was shown of the channel. */
  lastShown(channelId: string): number {
    return this.#views.get(channelId)?.shown.at(-1)?.seq ?? 0;
  }

  /** What was shown. */
  views(): ViewRecord[] {
    return [...this.#views].map(([channelId, { shown, gaps }]) => {
      return { observer: this.name, channelId, shown, gaps, fromStart: this.#fromStart, toEnd: !this.#ended };
    });
  }

  async #lane(channelId: string): Promise<void> {
    for (let number = 0; this.#chatting;) {
      const burst = 1 + Math.floor(this.#random() * MAX_BURST);
      const answers: Promise<void>[] = [];
      for (let i = 0; i < burst; i += 1) answers.push(this.#send(channelId, (number += 1)));
      await Promise.all(answers);
      await new Promise((resolve) => setTimeout(resolve, this.#random() * MAX_PAUSE_MS));
    }
  }

  async #send(channelId: string, number: number): Promise<void> {
    const clientMessageId = `${this.name}-${number}`;
    const record: (typeof this.sends)[number] = {
      channelId,
      authorId: this.#chat.user?.id ?? '',
      clientMessageId,
      content: `${clientMessageId} in ${channelId}`,
      acknowledged: null,
    };
    this.sends.push(record);
    try {
      const { id, seq, duplicate } = await this.#chat.send(channelId, record.content, { clientMessageId });
      record.acknowledged = { id, seq };
      this.#events.onAcknowledged(duplicate === true);
    } catch {
      this.rejected += 1;
    }
  }
}

/** The part of an event that the checker holds against the log. */
export function loggedMessage(event: LogEvent): LoggedMessage {
  const { seq } = event;
  if (event.type === 'void') return { seq, id: null, authorId: null, clientMessageId: null, content: null };
  const { id, author, content, clientMessageId } = event.data;
  return { seq, id, authorId: author.id, content, clientMessageId: clientMessageId ?? null };
}
