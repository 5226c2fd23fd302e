/** How long a thread's event loop kept others waiting. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;

/** Delays since the last reading, ms. */
export interface LoopLag {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Measures the event loop of the thread that made it, until it is closed. */
export class EventLoopLag {
  readonly #monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#monitor.enable();
  }

  /** The delays since the last reading, beyond the timer's own pace. */
  read(): LoopLag {
    const lag = this.#lag();
    this.#monitor.reset();
    return lag;
  }

  /** The same, for somebody beside the one who reads: it goes on being counted. */
  look(): LoopLag {
    return this.#lag();
  }

  close(): void {
    this.#monitor.disable();
  }

  #lag(): LoopLag {
    return {
      p50Ms: beyondPace(this.#monitor.percentile(50)),
      p99Ms: beyondPace(this.#monitor.percentile(99)),
      maxMs: beyondPace(this.#monitor.max),
    };
  }
}

// The monitor counts the time between its ticks, so an idle loop shows its resolution.
function beyondPace(nanoseconds: number): number {
  return Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
}
