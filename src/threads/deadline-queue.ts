/**
 * Things that end at a time, in one heap behind one timer. Safe for times that setTimeout can't hold (beyond
 * 2³¹ − 1 ms it fires at once).
 */

/** Longest single timer, ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock and timer that a queue runs on. */
export interface DeadlineTimers {
  /** Monotonic, ms. */
  mono(): number;
  /** Calls back once after `delayMs`; the result cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

interface Deadline<Key> {
  readonly at: number;
  readonly key: Key;
}

/** One deadline a key; setting it again moves it. */
export class DeadlineQueue<Key> {
  readonly #timers: DeadlineTimers;
  readonly #expired: (key: Key) => void;
  readonly #at = new Map<Key, number>();
  #heap: Deadline<Key>[] = [];
  #cancel: (() => void) | null = null;
  #armedFor = Number.POSITIVE_INFINITY;

  /** `expired` is called once for each key whose time has come; it may set deadlines. */
  constructor(timers: DeadlineTimers, expired: (key: Key) => void) {
    this.#timers = timers;
    this.#expired = expired;
  }

  /** Keys that wait. */
  get size(): number {
    return this.#at.size;
  }

  /** Lets `key` expire at monotonic time `at` (ms). */
  set(key: Key, at: number): void {
    if (this.#at.get(key) === at) return;
    this.#at.set(key, at);
    this.#push({ at, key });
    this.#arm();
  }

  /** Forgets `key`. */
  delete(key: Key): void {
    // Its heap entry goes when its time comes, or with the next rebuild.
    if (!this.#at.delete(key)) return;
    if (this.#heap.length > 64 && this.#heap.length > this.#at.size * 2) this.#rebuild();
    if (this.#at.size === 0) this.clear();
  }

  /** Forgets everything and stops the timer. */
  clear(): void {
    this.#at.clear();
    this.#heap = [];
    this.#disarm();
  }

  #run(): void {
    this.#disarm();
    const now = this.#timers.mono();
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      if (this.#at.get(next.key) !== next.at) continue;
      this.#at.delete(next.key);
      this.#expired(next.key);
    }
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    if (next === undefined || next.at >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = next.at;
    const delay = Math.min(Math.max(0, Math.ceil(next.at - this.#timers.mono())), LONGEST_TIMER_MS);
    this.#cancel = this.#timers.after(delay, () => {
      this.#run();
    });
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #rebuild(): void {
    const live = this.#heap.filter((entry) => this.#at.get(entry.key) === entry.at);
    this.#heap = [];
    for (const entry of live) this.#push(entry);
  }

  #push(entry: Deadline<Key>): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && right.at < below.at) {
        child += 1;
        below = right;
      }
      if (below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
