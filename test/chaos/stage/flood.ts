/**
 * Clients that don't wait: each has all its messages out at once, sends again what is refused for the moment, and writes
 * down what became of each. They have channels and a history of their own.
 */
import { ChatClient } from '../../../src/client/chat-client.ts';
import type { Sent } from '../../../src/client/outbox.ts';
import { ERROR_CODES, type Failure } from '../../../src/protocol/errors.ts';
import { checkHistory, type Verdict } from '../../verify/check-history.ts';
import { PATIENCE_MS } from '../../verify/crowd.ts';
import { HistoryRecorder } from '../../verify/history-recorder.ts';
import { readLogs } from '../../verify/read-logs.ts';
import { Watch, withPatience } from '../../verify/watch.ts';
import { FloodClient, type FloodMessage } from './flood-client.ts';

/** Where, and how much. */
export interface FloodOptions {
  readonly url: string;
  /** One client each; nobody else writes in them. */
  readonly channels: readonly string[];
  /** Of each client. */
  readonly messages: number;
  /** Characters of each message. */
  readonly length: number;
}

/** What came back. */
export interface FloodAnswers {
  /** Refusals by code. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Refusals that the contract doesn't know: no code that a retry helps with, no delay; and second answers. */
  readonly improper: number;
  /** From a try to its answer, ms; of one without an answer yet: until now. */
  readonly longestMs: number;
  /** Messages acknowledged. */
  readonly acknowledged: number;
  /** Connections that ended. */
  readonly ended: number;
}

/** See the head of the file. */
export class Flood {
  readonly #options: FloodOptions;
  readonly #recorder = new HistoryRecorder(() => performance.now());
  readonly #watch = new Watch();
  readonly #clients: FloodClient[] = [];
  readonly #refusals = new Map<string, number>();
  #improper = 0;
  #longestMs = 0;
  #acknowledged = 0;
  #ended = 0;

  private constructor(options: FloodOptions) {
    this.#options = options;
  }

  /** Resolves when all clients have joined. */
  static async open(options: FloodOptions): Promise<Flood> {
    const flood = new Flood(options);
    for (const channelId of options.channels) {
      const client = new FloodClient(channelId, options.url, {
        acknowledged: (message, sent) => flood.#landed(message, sent),
        refused: (failure) => flood.#wasRefused(failure),
        answeredAfter: (ms) => (flood.#longestMs = Math.max(flood.#longestMs, ms)),
        unasked: () => (flood.#improper += 1),
        ended: () => (flood.#ended += 1),
      });
      flood.#clients.push(client);
      await withPatience(client.join(), PATIENCE_MS, 'a client of the flood has joined');
    }
    return flood;
  }

  get answers(): FloodAnswers {
    const waiting = this.#clients.map((client) => client.longestWaitMs());
    return {
      refusals: this.#refusals,
      improper: this.#improper,
      longestMs: Math.max(this.#longestMs, ...waiting),
      acknowledged: this.#acknowledged,
      ended: this.#ended,
    };
  }

  /** Sends everything. */
  pour(): void {
    const { messages, length } = this.#options;
    for (const client of this.#clients) {
      for (let n = 0; n < messages; n += 1) {
        const clientMessageId = `${client.channelId}-${n}`;
        const { channelId, userId: authorId } = client;
        const operation = this.#recorder.nextOperation();
        const content = clientMessageId.padEnd(length, '.');
        // Messages that are out at once may land in any order: each is a sender by itself.
        const [type, sender] = ['invoked' as const, clientMessageId];
        this.#recorder.add({ type, operation, channelId, sender, authorId, clientMessageId, content });
        client.send({ operation, channelId, clientMessageId, content });
      }
    }
  }

  /** Waits until everything is acknowledged, reads the logs back and checks; what isn't in time stays unknown. */
  async settle(): Promise<Verdict> {
    const due = this.#options.channels.length * this.#options.messages;
    await this.#watch.until(() => this.#acknowledged === due, PATIENCE_MS);
    const reader = new ChatClient({ url: this.#options.url });
    try {
      await withPatience(reader.connect(), PATIENCE_MS, 'the logs can be read');
      await readLogs(reader, this.#options.channels, this.#recorder);
    } finally {
      reader.close();
    }
    return checkHistory(this.#recorder.records);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #landed({ operation }: FloodMessage, { id, seq, duplicate = false }: Sent): void {
    this.#recorder.add({ type: 'ok', operation, id, seq, duplicate });
    this.#acknowledged += 1;
    this.#watch.changed();
  }

  #wasRefused({ code, retryAfterMs = 0 }: Failure): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
    if (!ERROR_CODES[code].retry || retryAfterMs <= 0) this.#improper += 1;
  }
}
