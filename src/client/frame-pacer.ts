/** Keeps the client below the frames a second that a server takes from one socket. */
import type { Timers } from './timers.ts';

/** How long a burst may be, in seconds' worth of frames. */
const BURST_SECONDS = 2;

/** A leaky bucket (GCRA, as the server's own). */
export class FramePacer {
  readonly #timers: Timers;
  readonly #intervalMs: number;
  /** When the bucket would be empty again. */
  #emptyAt = 0;

  /** `framesPerSecond` above 0; Infinity lets everything through. */
  constructor(framesPerSecond: number, timers: Timers) {
    this.#timers = timers;
    this.#intervalMs = 1_000 / framesPerSecond;
  }

  /** 0 when a frame may go out now, which counts it; else the ms until one may. */
  take(): number {
    const now = this.#timers.now();
    const emptyAt = Math.max(this.#emptyAt, now) + this.#intervalMs;
    const excessMs = emptyAt - now - BURST_SECONDS * 1_000;
    // Fractions of a ms are lost in adding up; a timer can't wait for them anyway.
    if (excessMs > 0.001) return excessMs;
    this.#emptyAt = emptyAt;
    return 0;
  }
}
