/** Slows down guessing: so many attempts at once for each key, and one more every so often. */

/** How many attempts: `burst` at once, then one every `intervalMs`. */
export interface ThrottleLimit {
  readonly burst: number;
  readonly intervalMs: number;
}

const MAX_KEYS = 10_000;

/**
 * GCRA per key over a bounded table. A key whose time has passed is as good as absent; when the table is full of
 * others, the one that was tried longest ago goes, so memory holds and a flood of keys can only make it lenient.
 */
export class AttemptThrottle {
  readonly #limit: ThrottleLimit;
  readonly #maxKeys: number;
  /** Theoretical arrival time by key (ms), the most recently tried last. */
  readonly #arrivals = new Map<string, number>();

  constructor(limit: ThrottleLimit, maxKeys = MAX_KEYS) {
    this.#limit = limit;
    this.#maxKeys = maxKeys;
  }

  /** Keys that are kept. */
  get size(): number {
    return this.#arrivals.size;
  }

  /** Takes one attempt of `key` at `now` (ms, a clock that nobody sets): 0 when it may go on, else ms until the next one may. */
  take(key: string, now: number): number {
    const { burst, intervalMs } = this.#limit;
    const arrival = Math.max(this.#arrivals.get(key) ?? now, now);
    const wait = arrival - now - (burst - 1) * intervalMs;
    if (wait > 0) return Math.ceil(wait);
    this.#arrivals.delete(key);
    if (this.#arrivals.size >= this.#maxKeys) this.#evict();
    this.#arrivals.set(key, arrival + intervalMs);
    return 0;
  }

  /** Gives `key` its last attempt back: it was the right person. */
  giveBack(key: string): void {
    const arrival = this.#arrivals.get(key);
    if (arrival !== undefined) this.#arrivals.set(key, arrival - this.#limit.intervalMs);
  }

  #evict(): void {
    const oldest = this.#arrivals.keys().next();
    if (oldest.done !== true) this.#arrivals.delete(oldest.value);
  }
}
