/**
 * Reads that many newcomers share. Whoever comes first is read at once; who comes soon after waits a moment for others, since a
 * query for each of a crowd costs many times what one for all of them does.
 */
import type { DeadlineTimers } from './deadline-queue.ts';

/** Between two reads, ms. */
const GATHER_MS = 10;

/** See the head of the file. */
export class Gathering {
  readonly #timers: Pick<DeadlineTimers, 'after' | 'mono'>;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(timers: Pick<DeadlineTimers, 'after' | 'mono'>) {
    this.#timers = timers;
  }

  /** Resolves when the next read may begin, with everyone who came until then. */
  async next(): Promise<void> {
    const left = this.#readAt + GATHER_MS - this.#timers.mono();
    if (left > 0) {
      await new Promise<void>((resolve) => {
        this.#timers.after(left, resolve);
      });
    }
    this.#readAt = this.#timers.mono();
  }
}
