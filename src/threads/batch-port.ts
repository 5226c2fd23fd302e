/** One end of the data plane between two threads. */
import type { MessagePort } from 'node:worker_threads';

/** Carries batches both ways, in order. The simulation has its own; threads use {@link portOf}. */
export interface BatchPort {
  /** Hands a batch over; it can't be used here afterwards. */
  post(batch: ArrayBuffer): void;
  /** Batches of the other side go here; set once. */
  receive(listener: (batch: ArrayBuffer) => void): void;
  close(): void;
}

/** A {@link BatchPort} over a MessagePort. */
export function portOf(port: MessagePort): BatchPort {
  return {
    post: (batch) => {
      port.postMessage(batch, [batch]);
    },
    receive: (listener) => {
      port.on('message', (batch: ArrayBuffer) => {
        listener(batch);
      });
    },
    close: () => {
      port.close();
    },
  };
}
