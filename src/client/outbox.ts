/**
 * Messages on their way to the server.
 *
 * A channel's messages go out one at a time: only so an answer like `slow_mode` can't let a later message overtake.
 * A message stays until its answer is here, over any number of connections, always with the same clientMessageId, so
 * that it is in the log once however often it was sent.
 */
import type { JsonObject } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import { retryDelay } from './backoff.ts';
import { ChatError, isRetryable } from './chat-error.ts';
import { frameProblem } from './frame-problem.ts';
import type { Answer, Ask, RequestFrame } from './requests.ts';
import type { Cancel, Timers } from './timers.ts';

/** What a message is made of. */
export interface OutgoingMessage {
  readonly channelId: string;
  readonly clientMessageId: string;
  readonly content: string;
  readonly meta?: JsonObject;
  readonly replyTo?: string;
}

/** Where the server put a message. `duplicate`: an earlier try had landed already. */
export interface Sent {
  readonly id: string;
  readonly seq: number;
  readonly duplicate?: boolean;
}

/** A change of the outbox; `size` counts what waits for an answer after it. */
export type OutboxChange = { readonly size: number; readonly message: OutgoingMessage } & (
  | { readonly change: 'added' }
  | { readonly change: 'sent'; readonly sent: Sent }
  /** The server asked to wait; the next try is in `retryInMs`. */
  | { readonly change: 'delayed'; readonly failure: Failure; readonly retryInMs: number }
  | { readonly change: 'failed'; readonly error: ChatError }
);

/** What the outbox needs. */
export interface OutboxOptions {
  readonly ask: Ask;
  /** Whether a message to this channel may go out now. */
  readonly ready: (channelId: string) => boolean;
  readonly onChange: (change: OutboxChange) => void;
  readonly timers: Timers;
  readonly random: () => number;
  /** Most messages that wait, over all channels. */
  readonly maxMessages: number;
  /** Most tries of one message that the server answered with a refusal. */
  readonly maxAttempts: number;
  /** The longest delay that is waited for, ms. */
  readonly maxDelayMs: number;
  /** ms until an unanswered message is sent again on the same connection. */
  readonly answerTimeoutMs: number;
}

interface Entry {
  readonly message: OutgoingMessage;
  refusals: number;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: ChatError) => void;
}

interface Lane {
  readonly entries: Entry[];
  /** Whether the first entry is on its way. */
  inFlight: boolean;
  cancelDelay: Cancel | null;
}

/** See the head of the file. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  #size = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Everything unanswered, by channel in order of sending. */
  get messages(): readonly OutgoingMessage[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.entries.map((entry) => entry.message));
  }

  /** Adds a message. Rejects with a {@link ChatError}: `overloaded` when the outbox is full, else
   * why it failed. */
  add(message: OutgoingMessage): Promise<Sent> {
    const problem = frameProblem(frameOf(message));
    if (problem !== null) return Promise.reject(new ChatError(problem, { channelId: message.channelId }));
    if (this.#size >= this.#options.maxMessages) {
      const full: Failure = { code: 'overloaded', message: `${this.#size} messages wait already` };
      return Promise.reject(new ChatError(full, { channelId: message.channelId }));
    }
    return new Promise((resolve, reject) => {
      const lane = this.#lanes.get(message.channelId) ?? { entries: [], inFlight: false, cancelDelay: null };
      this.#lanes.set(message.channelId, lane);
      lane.entries.push({ message, refusals: 0, resolve, reject });
      this.#size += 1;
      this.#options.onChange({ change: 'added', size: this.#size, message });
      this.#pump(message.channelId, lane);
    });
  }

  /** Sends what may go out now: all channels, or one. */
  pump(channelId?: string): void {
    for (const [id, lane] of [...this.#lanes]) {
      if (channelId === undefined || channelId === id) this.#pump(id, lane);
    }
  }

  /** Gives up what waits: all channels, or one. A message on its way is given up only with all the others. */
  fail(failure: Failure, channelId?: string): void {
    for (const [id, lane] of [...this.#lanes]) {
      if (channelId !== undefined && channelId !== id) continue;
      const kept = channelId !== undefined && lane.inFlight ? 1 : 0;
      lane.cancelDelay?.();
      lane.cancelDelay = null;
      const given = lane.entries.splice(kept);
      if (kept === 0) this.#lanes.delete(id);
      for (const entry of given) this.#reject(entry, failure);
    }
  }

  #pump(channelId: string, lane: Lane): void {
    const entry = lane.entries[0];
    if (entry === undefined || lane.inFlight || lane.cancelDelay !== null) return;
    if (!this.#options.ready(channelId)) return;
    lane.inFlight = true;
    this.#options.ask(frameOf(entry.message), this.#options.answerTimeoutMs, (answer) => {
      lane.inFlight = false;
      // Given up meanwhile.
      if (lane.entries[0] !== entry) return;
      this.#answered(lane, entry, answer);
      this.#pump(channelId, lane);
    });
  }

  #answered(lane: Lane, entry: Entry, answer: Answer): void {
    if (answer.kind === 'interrupted') return;
    const { message } = entry;
    if (answer.kind === 'error' && this.#waits(entry, answer.failure)) {
      const retryInMs = retryDelay(answer.failure, entry.refusals, this.#options.random);
      entry.refusals += 1;
      lane.cancelDelay = this.#options.timers.after(retryInMs, () => {
        lane.cancelDelay = null;
        this.#pump(message.channelId, lane);
      });
      this.#options.onChange({
        change: 'delayed',
        size: this.#size,
        message,
        failure: answer.failure,
        retryInMs,
      });
      return;
    }
    lane.entries.shift();
    if (lane.entries.length === 0) this.#lanes.delete(message.channelId);
    if (answer.kind === 'error') {
      this.#reject(entry, answer.failure);
      return;
    }
    const sent = answer.frame.data as Sent;
    this.#size -= 1;
    entry.resolve(sent);
    this.#options.onChange({ change: 'sent', size: this.#size, message, sent });
  }

  #waits(entry: Entry, failure: Failure): boolean {
    return (
      isRetryable(failure) &&
      entry.refusals + 1 < this.#options.maxAttempts &&
      (failure.retryAfterMs ?? 0) <= this.#options.maxDelayMs
    );
  }

  #reject(entry: Entry, failure: Failure): void {
    const error = new ChatError(failure, { channelId: entry.message.channelId });
    this.#size -= 1;
    entry.reject(error);
    this.#options.onChange({ change: 'failed', size: this.#size, message: entry.message, error });
  }
}

function frameOf({ channelId, ...data }: OutgoingMessage): RequestFrame {
  return { type: 'message:send', channelId, data };
}
