/** One request at a time that is asked again until it is answered for good, as long as the connection lives. */
import type { Failure } from '../protocol/errors.ts';
import { retryDelay } from './backoff.ts';
import { isRetryable } from './chat-error.ts';
import type { Answer, Ask, RequestFrame } from './requests.ts';
import type { Cancel, Timers } from './timers.ts';

/** What a question needs. */
export interface QuestionOptions {
  readonly ask: Ask;
  readonly timers: Timers;
  readonly random: () => number;
  readonly answerTimeoutMs: number;
  readonly online: () => boolean;
}

/** Who is told how it ended; nobody, when the connection ends first. */
export interface QuestionListener {
  readonly onReply: (data: unknown) => void;
  /** Refused in a way that asking again can't change. */
  readonly onRefused: (failure: Failure) => void;
}

/** See the head of the file. */
export class Question {
  readonly #options: QuestionOptions;
  /** Withdraws the request that is out, or the delay before it. */
  #cancelPending: Cancel | null = null;

  constructor(options: QuestionOptions) {
    this.#options = options;
  }

  /** Whether an answer is waited for. */
  get isOpen(): boolean {
    return this.#cancelPending !== null;
  }

  /** Asks, in place of what was asked before; nothing happens while offline. */
  ask(frame: RequestFrame, listener: QuestionListener): void {
    this.withdraw();
    this.#ask(frame, listener, 0);
  }

  /** Nothing is waited for any more. */
  withdraw(): void {
    this.#cancelPending?.();
    this.#cancelPending = null;
  }

  #ask(frame: RequestFrame, listener: QuestionListener, refusals: number): void {
    const { ask, timers, random, answerTimeoutMs, online } = this.#options;
    if (!online()) return;
    this.#cancelPending = ask(frame, answerTimeoutMs, (answer: Answer) => {
      this.#cancelPending = null;
      if (answer.kind === 'reply') {
        listener.onReply(answer.frame.data);
      } else if (answer.kind === 'interrupted') {
        if (answer.why !== 'disconnected') this.#ask(frame, listener, refusals);
      } else if (isRetryable(answer.failure)) {
        this.#cancelPending = timers.after(retryDelay(answer.failure, refusals, random), () => {
          this.#cancelPending = null;
          this.#ask(frame, listener, refusals + 1);
        });
      } else {
        listener.onRefused(answer.failure);
      }
    });
  }
}
