/**
 * Tells whether a message that failed can have landed. A client sends one message as often as it has to, and tells only
 * how it ended; the answer to an earlier try may have been lost on its way. So the frames themselves are looked at.
 */
import { readFailure } from '../../src/client/chat-error.ts';
import type { ErrorCode } from '../../src/protocol/errors.ts';

/** Refusals that don't say whether the message landed. */
const OUTCOME_UNKNOWN: ReadonlySet<ErrorCode> = new Set(['unavailable', 'internal']);

interface Frame {
  readonly type: string;
  readonly ref?: string;
  readonly data?: { readonly clientMessageId?: string; readonly to?: { readonly id?: string } };
}

const SENDS: ReadonlySet<string> = new Set(['message:send', 'whisper:send']);

/** Counts the tries of each message or whisper of which nobody said that they came to nothing, by {@link tryKey}. */
export class SendTries {
  readonly #open = new Map<string, number>();
  /** What is out on the newest connection: `ref` → key. */
  readonly #asked = new Map<string, string>();

  /** A new connection: what the one before was asked isn't answered any more. */
  connecting(): void {
    this.#asked.clear();
  }

  /** A frame goes out. */
  sent(text: string): void {
    const { type, ref, data } = JSON.parse(text) as Frame;
    if (!SENDS.has(type) || ref === undefined || data?.clientMessageId === undefined) return;
    const key = tryKey(data.clientMessageId, data.to?.id);
    this.#asked.set(ref, key);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
  }

  /** A frame came in. */
  received(text: string): void {
    const { type, ref = '', data } = JSON.parse(text) as Frame;
    const key = this.#asked.get(ref);
    if (key === undefined) return;
    this.#asked.delete(ref);
    if (type !== 'error' || OUTCOME_UNKNOWN.has(readFailure(data).code)) return;
    this.#open.set(key, (this.#open.get(key) ?? 0) - 1);
  }

  /** Whether a message to a channel, or a whisper to `to`, may have landed when it has ended; it is forgotten here. */
  mayHaveLanded(clientMessageId: string, to?: string): boolean {
    const key = tryKey(clientMessageId, to);
    const open = this.#open.get(key) ?? 0;
    this.#open.delete(key);
    return open > 0;
  }
}

/** One clientMessageId may go to several people. */
function tryKey(clientMessageId: string, to: string | undefined): string {
  return JSON.stringify([clientMessageId, to]);
}
