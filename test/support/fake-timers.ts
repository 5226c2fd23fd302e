/** A clock that stands until a test moves it. */
import type { Timers } from '../../src/client/timers.ts';

export class FakeTimers implements Timers {
  #now = 0;
  #count = 0;
  readonly #scheduled = new Map<number, { readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    this.#count += 1;
    const id = this.#count;
    this.#scheduled.set(id, { at: this.#now + ms, run });
    return () => {
      this.#scheduled.delete(id);
    };
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#scheduled.size;
  }

  /** ms until the next timer; null when there is none. */
  get nextInMs(): number | null {
    if (this.#scheduled.size === 0) return null;
    return Math.min(...[...this.#scheduled.values()].map((timer) => timer.at)) - this.#now;
  }

  /** Moves on by `ms`, running what becomes due in its order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    await settled();
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#scheduled]
        .filter(([, timer]) => timer.at <= end)
        .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (due === undefined) break;
      const [id, timer] = due;
      this.#scheduled.delete(id);
      this.#now = timer.at;
      timer.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Lets everything run that waits for promises only. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}
