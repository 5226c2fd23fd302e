/** What a user chose, such as whom to block, as far as that can be told from requests and their answers. */
import type { SimWorld } from './sim-world.ts';

/** A request that changes a choice. */
export interface Choosing {
  /** Whether no other was under way beside it: then it is known which one came last. */
  isAlone: boolean;
}

export class SimChoice<Value> {
  readonly #world: SimWorld;
  readonly #open = new Set<Choosing>();
  #value: Value | null;
  /** Since when it is certain, ms. */
  #since = 0;

  constructor(world: SimWorld, value: Value) {
    this.#world = world;
    this.#value = value;
  }

  /** Whether it was certainly `value` from `since` (ms) until now. */
  was(value: Value, since: number): boolean {
    return this.#value === value && this.#since <= since;
  }

  begin(): Choosing {
    const choosing = { isAlone: this.#open.size === 0 };
    for (const other of this.#open) other.isAlone = false;
    this.#open.add(choosing);
    this.#value = null;
    return choosing;
  }

  /** The request was answered; with null it isn't known what holds. One that is never answered leaves it open for good. */
  end(choosing: Choosing, value: Value | null): void {
    this.#open.delete(choosing);
    if (this.#open.size > 0 || !choosing.isAlone || value === null) return;
    this.#value = value;
    this.#since = this.#world.clock.mono();
  }
}
