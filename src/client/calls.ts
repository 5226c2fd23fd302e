/**
 * Requests that a caller waits for. They wait until they can go out, and are sent again after a reconnect or a
 * `route:restarted`, all within their time.
 */
import type { Failure } from '../protocol/errors.ts';
import type { ServerFrame } from '../protocol/events.ts';
import { ChatError } from './chat-error.ts';
import { frameProblem } from './frame-problem.ts';
import type { Ask, RequestFrame } from './requests.ts';
import type { Cancel, Timers } from './timers.ts';

/** What calls need. */
export interface CallsOptions {
  readonly ask: Ask;
  /** Whether a request of this channel (undefined: of none) may go out now. */
  readonly ready: (channelId: string | undefined) => boolean;
  readonly timers: Timers;
}

interface Call {
  readonly frame: RequestFrame;
  readonly repeatable: boolean;
  readonly deadline: number;
  readonly cancelDeadline: Cancel;
  /** Withdraws the request that is out; null: none is. */
  cancelRequest: Cancel | null;
  readonly resolve: (answer: ServerFrame) => void;
  readonly reject: (error: ChatError) => void;
}

/** See the head of the file. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #open = new Set<Call>();

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the answer. Rejects with a {@link ChatError}: that of an `error` answer, or
   * `unavailable` when there was none within `timeoutMs`.
   */
  call(frame: RequestFrame, timeoutMs: number): Promise<ServerFrame> {
    const problem = frameProblem(frame);
    if (problem !== null) return Promise.reject(new ChatError(problem, { channelId: frame.channelId }));
    return new Promise((resolve, reject) => {
      const call: Call = {
        frame,
        repeatable: isRepeatable(frame),
        deadline: this.#options.timers.now() + timeoutMs,
        cancelDeadline: this.#options.timers.after(timeoutMs, () => {
          this.#reject(call, { code: 'unavailable', message: `${frame.type}: no answer in ${timeoutMs} ms` });
        }),
        cancelRequest: null,
        resolve,
        reject,
      };
      this.#open.add(call);
      this.#pump(call);
    });
  }

  /** Sends what may go out now. */
  pump(): void {
    for (const call of [...this.#open]) this.#pump(call);
  }

  /** Gives everything up. */
  fail(failure: Failure): void {
    for (const call of [...this.#open]) this.#reject(call, failure);
  }

  #pump(call: Call): void {
    if (call.cancelRequest !== null || !this.#options.ready(call.frame.channelId)) return;
    // The call's own deadline ends it; the request's is only there to be never sooner.
    const leftMs = call.deadline - this.#options.timers.now() + 1;
    call.cancelRequest = this.#options.ask(call.frame, leftMs, (answer) => {
      call.cancelRequest = null;
      if (!this.#open.has(call)) return;
      if (answer.kind === 'reply') {
        this.#close(call);
        call.resolve(answer.frame);
      } else if (answer.kind === 'error') {
        this.#reject(call, answer.failure);
      } else if (call.repeatable) {
        this.#pump(call);
      } else {
        this.#reject(call, { code: 'unavailable', message: `${call.frame.type}: the outcome is unknown` });
      }
    });
  }

  #reject(call: Call, failure: Failure): void {
    this.#close(call);
    call.reject(new ChatError(failure, { channelId: call.frame.channelId }));
  }

  #close(call: Call): void {
    this.#open.delete(call);
    call.cancelDeadline();
    call.cancelRequest?.();
  }
}

/** What is sent to people is told twice when it is asked twice, unless it has a key that says that it is the same. */
function isRepeatable(frame: RequestFrame): boolean {
  if (!frame.type.endsWith(':send')) return true;
  return typeof (frame.data as { clientMessageId?: unknown } | undefined)?.clientMessageId === 'string';
}
