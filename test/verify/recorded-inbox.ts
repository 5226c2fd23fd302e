/** What a recorded client has of its user's inbox, and what it whispers. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChatClient } from '../../src/client/chat-client.ts';
import type { Random } from '../sim/random.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { inboxKey } from './inbox-key.ts';
import { loggedWhisper } from './logged-message.ts';
import type { RecordedSends } from './recorded-sends.ts';

/** Whispers that are handed to the SDK at once, and the longest pause between such bursts, ms. */
const MAX_BURST = 3;
const MAX_PAUSE_MS = 300;
/** How often the last one is sent once more, and how often one clientMessageId goes to two people at once. */
const REPEATED = 0.15;
const TO_TWO = 0.1;

/** What it needs. */
export interface RecordedInboxOptions {
  /** The client's. */
  readonly name: string;
  readonly random: Random;
  readonly recorder: HistoryRecorder;
  readonly sends: RecordedSends;
  readonly text: (beginning: string, random: Random) => string;
  /** Whose inbox it is; empty before the first welcome. */
  readonly userId: () => string;
  /** Ids of those who may be whispered to, the client's own user among them. */
  readonly people: () => readonly string[];
  /** An event was shown. */
  readonly onShown: () => void;
  /** The server asked to wait before another try; the key of the inbox is told. */
  readonly onDelayed: (key: string) => void;
}

interface Whisper {
  readonly to: string;
  readonly clientMessageId: string;
  readonly content: string;
}

/** See the head of the file. */
export class RecordedInbox {
  readonly #options: RecordedInboxOptions;
  #lastShown: number | null = null;
  /** The last one that was acknowledged. */
  #last: Whisper | null = null;

  constructor(options: RecordedInboxOptions) {
    this.#options = options;
  }

  /** The highest number that was shown, or behind which it began; null: the server never told of an inbox. */
  get lastShown(): number | null {
    return this.#lastShown;
  }

  /** Writes down what `chat` is told. A new client doesn't know what the one before was told, so it begins anew. */
  follow(chat: ChatClient): void {
    const { recorder, name: observer, userId } = this.#options;
    let isThere = false;
    const channelId = (): string => inboxKey(userId());
    chat.inbox.on('state', ({ seq }) => {
      if (isThere) return;
      isThere = true;
      this.#lastShown = seq;
      recorder.add({ type: 'joins', observer, channelId: channelId(), after: seq });
    });
    chat.inbox.on('event', (event) => {
      this.#lastShown = event.seq;
      recorder.add({ type: 'shown', observer, channelId: channelId(), ...loggedWhisper(event) });
      this.#options.onShown();
    });
    chat.inbox.on('outbox', ({ change }) => {
      if (change === 'delayed') this.#options.onDelayed(channelId());
    });
    chat.inbox.on('gap', ({ from, to }) =>
      recorder.add({ type: 'gap', observer, channelId: channelId(), from, to }),
    );
  }

  /** Whispers to anyone, oneself among them, as long as `goesOn`; `chat` gives the client of the moment. */
  async whisper(chat: () => ChatClient, goesOn: () => boolean): Promise<void> {
    const { random } = this.#options;
    while (goesOn()) {
      await Promise.all(this.#burst().map((whisper) => this.#send(chat(), whisper)));
      await pause(random.int(0, MAX_PAUSE_MS));
    }
  }

  #burst(): readonly Whisper[] {
    const { random, people } = this.#options;
    if (this.#last !== null && random.chance(REPEATED)) return [this.#last];
    const to = random.pick(people());
    const first = this.#newWhisper(to);
    if (random.chance(TO_TWO)) {
      const other = random.pick(people());
      return other === to ? [first] : [first, { ...first, to: other }];
    }
    return [first, ...Array.from({ length: random.int(0, MAX_BURST - 1) }, () => this.#newWhisper(to))];
  }

  #newWhisper(to: string): Whisper {
    const { sends, text, random } = this.#options;
    const clientMessageId = sends.nextId();
    return { to, clientMessageId, content: text(`${clientMessageId} to ${to}`, random) };
  }

  async #send(chat: ChatClient, whisper: Whisper): Promise<void> {
    const { to, clientMessageId, content } = whisper;
    const authorId = this.#options.userId();
    const placed = await this.#options.sends.send(
      { channelId: inboxKey(authorId), authorId, to, clientMessageId, content },
      () => chat.inbox.send({ id: to }, content, { clientMessageId }),
    );
    if (placed !== null) this.#last = whisper;
  }
}
