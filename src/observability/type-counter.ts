/** Counts by type on a path where a metrics library's label look-up would be felt. */

const MAX_TYPES = 200;
const OTHER = 'other';

/** Totals by type since the beginning. Types beyond a bound are counted together, so no sender can grow it. */
export class TypeCounter {
  readonly #totals = new Map<string, number>();

  /** Counts `count` of `type`. */
  add(type: string, count = 1): void {
    const known = this.#totals.get(type);
    if (known !== undefined) this.#totals.set(type, known + count);
    else if (this.#totals.size < MAX_TYPES) this.#totals.set(type, count);
    else this.#totals.set(OTHER, (this.#totals.get(OTHER) ?? 0) + count);
  }

  /** Types with their totals. */
  entries(): Iterable<[string, number]> {
    return this.#totals.entries();
  }
}
