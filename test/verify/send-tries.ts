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
  readonly data?: { readonly clientMessageId?: string };
}

/** Counts the tries of each message of which nobody said that they came to nothing, by clientMessageId. */
export class SendTries {
  readonly #open = new Map<string, number>();
  /** What is out on the newest connection: `ref` → clientMessageId. */
  readonly #asked = new Map<string, string>();

  /** A new connection: what the one before was asked isn't answered any more. */
  connecting(): void {
    this.#asked.clear();
  }

  /** A frame goes out. */
  sent(text: string): void {
    const { type, ref, data } = JSON.parse(text) as Frame;
    const id = data?.clientMessageId;
    if (type !== 'message:send' || ref === undefined || id === undefined) return;
    this.#asked.set(ref, id);
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
  }

  /** A frame came in. */
  received(text: string): void {
    const { type, ref = '', data } = JSON.parse(text) as Frame;
    const id = this.#asked.get(ref);
    if (id === undefined) return;
    this.#asked.delete(ref);
    if (type !== 'error' || OUTCOME_UNKNOWN.has(readFailure(data).code)) return;
    this.#open.set(id, (this.#open.get(id) ?? 0) - 1);
  }

  /** Whether a message that ended may have landed, by all that is known; it is forgotten here. */
  mayHaveLanded(clientMessageId: string): boolean {
    const open = this.#open.get(clientMessageId) ?? 0;
    this.#open.delete(clientMessageId);
    return open > 0;
  }
}
