/** Requests that were made on the present connection and wait for their one answer. */
import type { ClientFrame, ServerFrame } from '../protocol/events.ts';
import type { Failure } from '../protocol/errors.ts';
import { readFailure } from './chat-error.ts';
import type { FramePacer } from './frame-pacer.ts';
import type { Cancel, Timers } from './timers.ts';

/** What a request came to. `interrupted`: no answer will be taken any more, and the outcome is unknown. */
export type Answer =
  | { readonly kind: 'reply'; readonly frame: ServerFrame }
  | { readonly kind: 'error'; readonly failure: Failure }
  | { readonly kind: 'interrupted'; readonly why: 'disconnected' | 'restarted' | 'timeout' };

/** A request without its `ref`. */
export type RequestFrame = Omit<ClientFrame, 'ref'>;

/**
 * Sends a request, as soon as the pace allows, and calls `settle` once, never before it returns. `timeoutMs` counts
 * from the sending. The function that comes back withdraws the request without a call.
 */
export type Ask = (frame: RequestFrame, timeoutMs: number, settle: (answer: Answer) => void) => Cancel;

/** What requests need. */
export interface RequestsOptions {
  readonly send: (frame: ClientFrame) => void;
  readonly pacer: FramePacer;
  readonly timers: Timers;
}

interface Waiting {
  readonly frame: ClientFrame;
  readonly timeoutMs: number;
  readonly settle: (answer: Answer) => void;
  /** Null until it was sent. */
  cancelTimeout: Cancel | null;
}

/** Gives each request its `ref` and each answer to its request. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #waiting = new Map<string, Waiting>();
  /** `ref`s of those that the pace holds back, oldest first. */
  readonly #unsent = new Set<string>();
  #cancelDrain: Cancel | null = null;
  #count = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** See {@link Ask}. Only to be called while the connection is online. */
  readonly ask: Ask = (frame, timeoutMs, settle) => {
    this.#count += 1;
    const ref = this.#count.toString(36);
    this.#waiting.set(ref, { frame: { ...frame, ref }, timeoutMs, settle, cancelTimeout: null });
    this.#unsent.add(ref);
    if (this.#cancelDrain === null) this.#drain();
    return () => {
      this.#remove(ref);
    };
  };

  /** Takes an answer. False: nobody waits for it. */
  take(frame: ServerFrame): boolean {
    const waiting = frame.ref === undefined ? undefined : this.#remove(frame.ref);
    if (waiting === undefined) return false;
    waiting.settle(
      frame.type === 'error' ? { kind: 'error', failure: readFailure(frame.data) } : { kind: 'reply', frame },
    );
    return true;
  }

  /** Interrupts the requests that `isHit` picks. Who still wants an answer asks again from within `settle`. */
  interrupt(why: 'disconnected' | 'restarted', isHit: (request: RequestFrame) => boolean = () => true): void {
    const hit: Waiting[] = [];
    for (const [ref, waiting] of [...this.#waiting]) {
      if (!isHit(waiting.frame)) continue;
      this.#remove(ref);
      hit.push(waiting);
    }
    for (const waiting of hit) waiting.settle({ kind: 'interrupted', why });
  }

  #drain(): void {
    this.#cancelDrain = null;
    for (const ref of this.#unsent) {
      const waitMs = this.#options.pacer.take();
      if (waitMs > 0) {
        this.#cancelDrain = this.#options.timers.after(waitMs, () => {
          this.#drain();
        });
        return;
      }
      this.#unsent.delete(ref);
      this.#send(ref);
    }
  }

  #send(ref: string): void {
    const waiting = this.#waiting.get(ref);
    if (waiting === undefined) return;
    waiting.cancelTimeout = this.#options.timers.after(waiting.timeoutMs, () => {
      this.#remove(ref);
      waiting.settle({ kind: 'interrupted', why: 'timeout' });
    });
    this.#options.send(waiting.frame);
  }

  #remove(ref: string): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    waiting?.cancelTimeout?.();
    this.#waiting.delete(ref);
    this.#unsent.delete(ref);
    if (this.#unsent.size === 0) {
      this.#cancelDrain?.();
      this.#cancelDrain = null;
    }
    return waiting;
  }
}
