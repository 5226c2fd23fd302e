/** A value that can be watched. State is never changed in place: a new value replaces the old one. */

/** Runs `flush` soon, once. */
export type Schedule = (flush: () => void) => void;

/** Holds a value and tells listeners when it was replaced. */
export class Store<T> {
  #value: T;
  #notified: T;
  #pending = false;
  readonly #listeners = new Set<() => void>();
  readonly #schedule: Schedule;

  /** Many changes before `schedule` runs are told once: a busy channel must not draw once for each message. */
  constructor(initial: T, schedule: Schedule) {
    this.#value = initial;
    this.#notified = initial;
    this.#schedule = schedule;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the value by what `change` makes of it. */
  update(change: (value: T) => T): void {
    this.#value = change(this.#value);
    if (this.#pending || this.#value === this.#notified) return;
    this.#pending = true;
    this.#schedule(() => {
      this.#pending = false;
      this.#notified = this.#value;
      for (const listener of [...this.#listeners]) listener();
    });
  }

  /** Calls `listener` after changes, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
