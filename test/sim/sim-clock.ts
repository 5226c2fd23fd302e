/** Simulated time: everything that happens is an event of this clock, worked off in order in one thread. */
import type { DeadlineTimers } from '../../src/threads/deadline-queue.ts';

/** The wall clock's time at simulated 0, ms since the epoch. */
const WALL_START = 1_700_000_000_000;

interface Event {
  readonly at: number;
  /** Events of one time run in the order in which they were set. */
  readonly order: number;
  run: (() => void) | null;
}

export class SimClock implements DeadlineTimers {
  #time = 0;
  #order = 0;
  #steppedMs = 0;
  readonly #heap: Event[] = [];
  /** Looked at after each event; what it throws ends the run. */
  readonly #afterEach: () => void;

  constructor(afterEach: () => void = () => undefined) {
    this.#afterEach = afterEach;
  }

  mono(): number {
    return this.#time;
  }

  now(): number {
    return WALL_START + this.#time + this.#steppedMs;
  }

  /** The wall clock is set, `ms` further. */
  step(ms: number): void {
    this.#steppedMs += ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const event: Event = { at: this.#time + Math.max(0, delayMs), order: this.#order, run: callback };
    this.#order += 1;
    this.#push(event);
    return () => {
      event.run = null;
    };
  }

  /** Runs what is due within the next `ms`; promises settle between events. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    await new Promise(setImmediate);
    for (let event = this.#heap[0]; event !== undefined && event.at <= end; event = this.#heap[0]) {
      this.#pop();
      if (event.run === null) continue;
      this.#time = event.at;
      event.run();
      await new Promise(setImmediate);
      this.#afterEach();
    }
    this.#time = end;
  }

  #push(event: Event): void {
    let index = this.#heap.length;
    this.#heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(this.#heap[parent]!, event)) break;
      this.#heap[index] = this.#heap[parent]!;
      index = parent;
    }
    this.#heap[index] = event;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= this.#heap.length) break;
      if (child + 1 < this.#heap.length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child += 1;
      if (isBefore(last, this.#heap[child]!)) break;
      this.#heap[index] = this.#heap[child]!;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
