/** Hands messages to the SDK, and writes down what was sent and what came of it. */
import { ChatError } from '../../src/client/chat-error.ts';
import type { Sent } from '../../src/client/outbox.ts';
import type { HistoryEntry, HistoryRecorder } from './history-recorder.ts';
import { SendTries } from './send-tries.ts';

/** A message or a whisper, as it is written down. */
export type RecordedMessage = Omit<
  Extract<HistoryEntry, { readonly type: 'invoked' }>,
  'type' | 'operation' | 'sender'
>;

/** Of one client. */
export class RecordedSends {
  /** To be told of every frame. */
  readonly tries = new SendTries();
  readonly #sender: string;
  readonly #recorder: HistoryRecorder;
  #messages = 0;

  constructor(sender: string, recorder: HistoryRecorder) {
    this.#sender = sender;
    this.#recorder = recorder;
  }

  /** A clientMessageId that no other message of anyone has; it ends with a number. */
  nextId(): string {
    this.#messages += 1;
    return `${this.#sender}-${this.#messages}`;
  }

  /** Resolves with the outcome of `send`, which hands the message over; null: it wasn't acknowledged. */
  async send<Placed extends Sent>(
    message: RecordedMessage,
    send: () => Promise<Placed>,
  ): Promise<Placed | null> {
    const { clientMessageId, to } = message;
    const operation = this.#recorder.nextOperation();
    this.#recorder.add({ type: 'invoked', operation, sender: this.#sender, ...message });
    try {
      const placed = await send();
      const { id, seq, duplicate = false } = placed;
      this.tries.mayHaveLanded(clientMessageId, to);
      this.#recorder.add({ type: 'ok', operation, id, seq, duplicate });
      return placed;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const type = this.tries.mayHaveLanded(clientMessageId, to) ? 'unknown' : 'failed';
      this.#recorder.add({ type, operation, reason: `${error.code}: ${error.message}` });
      return null;
    }
  }
}
