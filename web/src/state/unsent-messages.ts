/**
 * Messages that were on their way when the page was left. They go on when this tab comes back, under the ids that
 * they had, so that none arrives twice; another person's become drafts.
 */
import type { TextStorage } from './browser-storage.ts';
import { roomsOf, type SignedIn } from './page-state.ts';
import { readQuote, type Quote } from './replies.ts';
import { fieldsOf } from './server-requests.ts';

/** A message that the log may or may not have. `at`: when it was written, ms since the epoch. */
export interface UnsentMessage {
  readonly roomId: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly at: number;
  /** What it answers. */
  readonly quote?: Quote;
}

/** Keeps them for one tab: its storage is the tab's. */
export class UnsentMessages {
  readonly #storage: TextStorage;
  readonly #key: string;

  /** `place`: the path that the page is served under. */
  constructor(storage: TextStorage, place: string) {
    this.#storage = storage;
    this.#key = `hubbub:unsent:${place}`;
  }

  /** Keeps what `state` has on its way, in place of what was kept; nothing, while it isn't known who one is. */
  keep(state: SignedIn): void {
    if (state.user === null) return;
    const messages = roomsOf(state).flatMap(({ id, timeline }) =>
      timeline.outgoing
        .filter((message) => message.delivery !== 'acknowledged')
        .map(({ clientMessageId, content, at, quote }) => ({
          roomId: id,
          clientMessageId,
          content,
          at,
          quote,
        })),
    );
    if (messages.length === 0) this.#storage.removeItem(this.#key);
    else this.#storage.setItem(this.#key, JSON.stringify({ userId: state.user.id, messages }));
  }

  /** Takes what was kept out, and says whose it is. */
  take(): { readonly userId: string; readonly messages: readonly UnsentMessage[] } | null {
    const text = this.#storage.getItem(this.#key);
    this.#storage.removeItem(this.#key);
    if (text === null) return null;
    try {
      const { userId, messages } = fieldsOf(JSON.parse(text));
      if (typeof userId !== 'string' || !Array.isArray(messages)) return null;
      return { userId, messages: messages.flatMap(readMessage) };
    } catch {
      return null;
    }
  }

  clear(): void {
    this.#storage.removeItem(this.#key);
  }
}

function readMessage(value: unknown): readonly UnsentMessage[] {
  const { roomId, clientMessageId, content, at, ...more } = fieldsOf(value);
  if (typeof roomId !== 'string' || typeof clientMessageId !== 'string') return [];
  if (typeof content !== 'string' || typeof at !== 'number') return [];
  const quote = readQuote(more['quote']);
  return [{ roomId, clientMessageId, content, at, ...(quote === null ? {} : { quote }) }];
}
