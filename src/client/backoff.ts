/** How long to wait before another try. */
import type { Failure } from '../protocol/errors.ts';

const FIRST_CEILING_MS = 250;
const LAST_CEILING_MS = 30_000;
const STABLE_AFTER_MS = 60_000;
/** A refusal that names no delay. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Full jitter: anything from 0 to a ceiling that doubles with `attempt` (from 0) from 0.25 s to 30 s. In ms. */
export function fullJitter(attempt: number, random: () => number): number {
  return random() * Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** attempt);
}

/** ms until a refused request is tried again: never sooner than the server asked, spread by full jitter. */
export function retryDelay(failure: Failure, attempt: number, random: () => number): number {
  return (failure.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) + fullJitter(attempt, random);
}

/** Delays of reconnecting. They grow with each connection that failed or that broke within a minute. */
export class Backoff {
  readonly #random: () => number;
  #attempt = 0;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** ms to wait before the next try. */
  next(): number {
    const delay = fullJitter(this.#attempt, this.#random);
    this.#attempt += 1;
    return delay;
  }

  /** Tells that a connection ended which had been online for `ms`; only a stable one sets the delays back. */
  endedAfter(ms: number): void {
    if (ms >= STABLE_AFTER_MS) this.#attempt = 0;
  }
}
