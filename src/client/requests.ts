/** Requests that went out on the present connection and wait for their one answer. */
import type { ClientFrame, ServerFrame } from '../protocol/events.ts';
import type { Failure } from '../protocol/errors.ts';
import { readFailure } from './chat-error.ts';
import type { Cancel, Timers } from './timers.ts';

/** What a request came to. `interrupted`: no answer will be taken any more, and the outcome is unknown. */
export type Answer =
  | { readonly kind: 'reply'; readonly frame: ServerFrame }
  | { readonly kind: 'error'; readonly failure: Failure }
  | { readonly kind: 'interrupted'; readonly why: 'disconnected' | 'restarted' | 'timeout' };

/** A request without its `ref`. */
export type RequestFrame = Omit<ClientFrame, 'ref'>;

/** Sends a request and calls `settle` once; the function that comes back withdraws it without a call. */
export type Ask = (frame: RequestFrame, timeoutMs: number, settle: (answer: Answer) => void) => Cancel;

interface Waiting {
  readonly channelId: string | undefined;
  readonly cancelTimeout: Cancel;
  readonly settle: (answer: Answer) => void;
}

/** Gives each request its `ref` and each answer to its request. */
export class Requests {
  readonly #send: (frame: ClientFrame) => void;
  readonly #timers: Timers;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

  constructor(send: (frame: ClientFrame) => void, timers: Timers) {
    this.#send = send;
    this.#timers = timers;
  }

  /** See {@link Ask}. Only to be called while the connection is online. */
  readonly ask: Ask = (frame, timeoutMs, settle) => {
    this.#count += 1;
    const ref = this.#count.toString(36);
    const cancelTimeout = this.#timers.after(timeoutMs, () => {
      this.#waiting.delete(ref);
      settle({ kind: 'interrupted', why: 'timeout' });
    });
    this.#waiting.set(ref, { channelId: frame.channelId, cancelTimeout, settle });
    this.#send({ ...frame, ref });
    return () => {
      cancelTimeout();
      this.#waiting.delete(ref);
    };
  };

  /** Takes an answer. False: nobody waits for it. */
  take(frame: ServerFrame): boolean {
    const waiting = frame.ref === undefined ? undefined : this.#waiting.get(frame.ref);
    if (frame.ref === undefined || waiting === undefined) return false;
    this.#waiting.delete(frame.ref);
    waiting.cancelTimeout();
    waiting.settle(
      frame.type === 'error' ? { kind: 'error', failure: readFailure(frame.data) } : { kind: 'reply', frame },
    );
    return true;
  }

  /** Interrupts the requests of `channels`, or all. Who still wants an answer asks again from within `settle`. */
  interrupt(why: 'disconnected' | 'restarted', channels?: ReadonlySet<string>): void {
    const hit = [...this.#waiting].filter(
      ([, { channelId }]) => channels === undefined || (channelId !== undefined && channels.has(channelId)),
    );
    for (const [ref] of hit) this.#waiting.delete(ref);
    for (const [, waiting] of hit) waiting.cancelTimeout();
    for (const [, waiting] of hit) waiting.settle({ kind: 'interrupted', why });
  }
}
