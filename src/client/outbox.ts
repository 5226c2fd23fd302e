/**
 * Messages on their way to the server: those of channels, or whispers.
 *
 * What goes to one place, a channel or a person, goes out one at a time: only so an answer like `slow_mode` can't let a
 * later message overtake.
 * A message stays until its answer is here, over any number of connections, always with the same clientMessageId, so
 * that it is in the log once however often it was sent.
 */
import type { JsonObject } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ServerFrame } from '../protocol/events.ts';
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
  /** 0: nowhere yet, it is `held`. */
  readonly seq: number;
  readonly duplicate?: boolean;
  /** A moderator has to see it first. */
  readonly held?: boolean;
}

/** A change of the outbox; `size` counts what waits for an answer after it. */
export type OutboxChange<Message = OutgoingMessage, Placed extends Sent = Sent> = {
  readonly size: number;
  readonly message: Message;
} & (
  | { readonly change: 'added' }
  | { readonly change: 'sent'; readonly sent: Placed }
  /** The server asked to wait; the next try is in `retryInMs`. */
  | { readonly change: 'delayed'; readonly failure: Failure; readonly retryInMs: number }
  | { readonly change: 'failed'; readonly error: ChatError }
);

/** What one outbox carries. */
export interface Cargo<Message> {
  /** Where a message goes: what goes to one place keeps its order. */
  readonly placeOf: (message: Message) => string;
  readonly frameOf: (message: Message) => RequestFrame;
}

/** Messages of channels; their places are the channels' ids. */
export const CHANNEL_CARGO: Cargo<OutgoingMessage> = {
  placeOf: ({ channelId }) => channelId,
  frameOf: ({ channelId, ...data }) => ({ type: 'message:send', channelId, data }),
};

/** What the outbox needs. */
export interface OutboxOptions<Message, Placed extends Sent> {
  readonly cargo: Cargo<Message>;
  readonly ask: Ask;
  /** Whether a message to this place may go out now. */
  readonly ready: (place: string) => boolean;
  /** A message was placed: called before its promise is resolved and the change is told. */
  readonly onPlaced?: (message: Message, placed: Placed, answer: ServerFrame) => void;
  readonly onChange: (change: OutboxChange<Message, Placed>) => void;
  readonly timers: Timers;
  readonly random: () => number;
  /** Most messages that wait, over all places. */
  readonly maxMessages: number;
  /** Most tries of one message that the server answered with a refusal. */
  readonly maxAttempts: number;
  /** The longest delay that is waited for, ms. */
  readonly maxDelayMs: number;
  /** ms until an unanswered message is sent again on the same connection. */
  readonly answerTimeoutMs: number;
}

interface Entry<Message, Placed> {
  readonly message: Message;
  readonly frame: RequestFrame;
  refusals: number;
  readonly resolve: (placed: Placed) => void;
  readonly reject: (error: ChatError) => void;
}

interface Lane<Message, Placed> {
  readonly entries: Entry<Message, Placed>[];
  /** Whether the first entry is on its way. */
  inFlight: boolean;
  cancelDelay: Cancel | null;
}

/** See the head of the file. */
export class Outbox<Message, Placed extends Sent> {
  readonly #options: OutboxOptions<Message, Placed>;
  readonly #lanes = new Map<string, Lane<Message, Placed>>();
  #size = 0;

  constructor(options: OutboxOptions<Message, Placed>) {
    this.#options = options;
  }

  /** Everything unanswered, by place in order of sending. */
  get messages(): readonly Message[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.entries.map((entry) => entry.message));
  }

  /** Adds a message. Rejects with a {@link ChatError}: `overloaded` when the outbox is full, else
   * why it failed. */
  add(message: Message): Promise<Placed> {
    const { cargo, maxMessages, onChange } = this.#options;
    const frame = cargo.frameOf(message);
    const problem = frameProblem(frame);
    if (problem !== null) return Promise.reject(new ChatError(problem, { channelId: frame.channelId }));
    if (this.#size >= maxMessages) {
      const full: Failure = { code: 'overloaded', message: `${this.#size} messages wait already` };
      return Promise.reject(new ChatError(full, { channelId: frame.channelId }));
    }
    return new Promise((resolve, reject) => {
      const place = cargo.placeOf(message);
      const lane = this.#lanes.get(place) ?? { entries: [], inFlight: false, cancelDelay: null };
      this.#lanes.set(place, lane);
      lane.entries.push({ message, frame, refusals: 0, resolve, reject });
      this.#size += 1;
      onChange({ change: 'added', size: this.#size, message });
      this.#pump(place, lane);
    });
  }

  /** Sends what may go out now: to all places, or one. */
  pump(place?: string): void {
    for (const [one, lane] of [...this.#lanes]) {
      if (place === undefined || place === one) this.#pump(one, lane);
    }
  }

  /** Gives up what waits: for all places, or one. A message on its way is given up only with all the others. */
  fail(failure: Failure, place?: string): void {
    for (const [one, lane] of [...this.#lanes]) {
      if (place !== undefined && place !== one) continue;
      const kept = place !== undefined && lane.inFlight ? 1 : 0;
      lane.cancelDelay?.();
      lane.cancelDelay = null;
      const given = lane.entries.splice(kept);
      if (kept === 0) this.#lanes.delete(one);
      for (const entry of given) this.#reject(entry, failure);
    }
  }

  #pump(place: string, lane: Lane<Message, Placed>): void {
    const entry = lane.entries[0];
    if (entry === undefined || lane.inFlight || lane.cancelDelay !== null) return;
    if (!this.#options.ready(place)) return;
    lane.inFlight = true;
    this.#options.ask(entry.frame, this.#options.answerTimeoutMs, (answer) => {
      lane.inFlight = false;
      // Given up meanwhile.
      if (lane.entries[0] !== entry) return;
      this.#answered(place, lane, entry, answer);
      this.#pump(place, lane);
    });
  }

  #answered(place: string, lane: Lane<Message, Placed>, entry: Entry<Message, Placed>, answer: Answer): void {
    if (answer.kind === 'interrupted') return;
    const { message } = entry;
    if (answer.kind === 'error' && this.#waits(entry, answer.failure)) {
      const retryInMs = retryDelay(answer.failure, entry.refusals, this.#options.random);
      entry.refusals += 1;
      lane.cancelDelay = this.#options.timers.after(retryInMs, () => {
        lane.cancelDelay = null;
        this.#pump(place, lane);
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
    if (lane.entries.length === 0) this.#lanes.delete(place);
    if (answer.kind === 'error') {
      this.#reject(entry, answer.failure);
      return;
    }
    const sent = Object.assign({ seq: 0 }, answer.frame.data as Placed);
    this.#options.onPlaced?.(message, sent, answer.frame);
    this.#size -= 1;
    entry.resolve(sent);
    this.#options.onChange({ change: 'sent', size: this.#size, message, sent });
  }

  #waits(entry: Entry<Message, Placed>, failure: Failure): boolean {
    return (
      isRetryable(failure) &&
      entry.refusals + 1 < this.#options.maxAttempts &&
      (failure.retryAfterMs ?? 0) <= this.#options.maxDelayMs
    );
  }

  #reject(entry: Entry<Message, Placed>, failure: Failure): void {
    const error = new ChatError(failure, { channelId: entry.frame.channelId });
    this.#size -= 1;
    entry.reject(error);
    this.#options.onChange({ change: 'failed', size: this.#size, message: entry.message, error });
  }
}
