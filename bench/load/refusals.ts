/** Requests that the server refused for the moment: done again when it said to. */
import type { Refusal } from './channel-events.ts';

/** A refusal that names no delay, ms. */
const DEFAULT_RETRY_MS = 1_000;
/** Refusals of another kind will not be others later. */
const RETRYABLE = new Set(['overloaded', 'unavailable', 'rate_limited', 'slow_mode']);

/** Of one connection. */
export class Refusals {
  readonly #timers = new Set<NodeJS.Timeout>();
  #count = 0;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Calls `again` when its time has come; gives the reason instead where another try would end the same. */
  take({ ref, data }: Refusal, again: () => void): Error | null {
    if (!RETRYABLE.has(data.code)) {
      return new Error(`${ref ?? 'a frame'} was refused: ${data.code}, ${data.message}`);
    }
    this.#count += 1;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      again();
    }, data.retryAfterMs ?? DEFAULT_RETRY_MS);
    this.#timers.add(timer);
    return null;
  }

  /** Nothing is done again. */
  cancel(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
