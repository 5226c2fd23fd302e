/** One side's batches to another thread: everything written in a tick goes out as one message. */
import type { BatchPort } from './batch-port.ts';
import { BatchWriter } from './batch-writer.ts';

/** Runs `task` when the current tick's work is done: setImmediate, or the simulation's scheduler. */
export type Defer = (task: () => void) => void;

/**
 * Work done for the other side is told when this many bytes or requests have come together, far below what either may
 * owe. A receipt for every batch would itself be a batch to be answered with one, and two idle threads would never rest.
 */
export const RECEIPT_BYTES = 64 * 1024;
export const RECEIPT_REQUESTS = 256;

/** Collects records and posts them at the end of the tick. */
export class Outbox {
  readonly batch = new BatchWriter();
  readonly #port: BatchPort;
  readonly #defer: Defer;
  #scheduled = false;
  #closed = false;
  /** Bytes posted that the other side hasn't said to have worked off. */
  #unconsumed = 0;

  constructor(port: BatchPort, defer: Defer) {
    this.#port = port;
    this.#defer = defer;
  }

  /** Bytes posted or written that the other side hasn't worked off. */
  get backlog(): number {
    return this.#unconsumed + this.batch.length;
  }

  /** To be called after records were written. */
  touched(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(() => {
      this.flush();
    });
  }

  /** Posts what was written, at once. */
  flush(): void {
    this.#scheduled = false;
    if (this.batch.length === 0) return;
    const batch = this.batch.take();
    if (this.#closed) return;
    this.#unconsumed += batch.byteLength;
    this.#port.post(batch);
  }

  /** The other side worked off so many bytes. */
  consumed(bytes: number): void {
    this.#unconsumed -= bytes;
  }

  /** Nothing goes out from here on. */
  close(): void {
    this.#closed = true;
    this.#port.close();
  }
}
