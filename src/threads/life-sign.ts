/**
 * A counter in shared memory that a thread's event loop moves on, and that another thread watches: a loop that is
 * stuck shows at once, without a message that would have to wait for it.
 */

const BEAT_MS = 100;

/** The watched side: beats for as long as the event loop turns. Returns what stops it. */
export function beat(cell: SharedArrayBuffer): () => void {
  const count = new Int32Array(cell);
  Atomics.add(count, 0, 1);
  const timer = setInterval(() => {
    Atomics.add(count, 0, 1);
  }, BEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** A cell for {@link beat} and {@link LifeWatch}. */
export function lifeCell(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** The watching side. Time is counted in checks, so that a watcher that was late itself accuses nobody. */
export class LifeWatch {
  readonly #count: Int32Array;
  #last = 0;
  #missed = 0;

  constructor(cell: SharedArrayBuffer) {
    this.#count = new Int32Array(cell);
  }

  /** Whether the thread has begun to beat. */
  get hasBegun(): boolean {
    return Atomics.load(this.#count, 0) > 0;
  }

  /** Looks again; returns how many looks in a row found no beat. */
  check(): number {
    const now = Atomics.load(this.#count, 0);
    this.#missed = now === this.#last ? this.#missed + 1 : 0;
    this.#last = now;
    return this.#missed;
  }
}
