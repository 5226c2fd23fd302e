/** When messages were due, in fixed memory: a load that runs for hours must not grow itself. */

/** So many of the newest messages are known; at a thousand a second those of a minute. */
const KEPT = 1 << 16;

/** Times are ms of one clock. */
export class DueTimes {
  readonly #times = new Float64Array(KEPT);
  #next = 0;

  /** Numbers a message that is due then; numbers go up by one from 0. */
  add(dueMs: number): number {
    this.#times[this.#next % KEPT] = dueMs;
    this.#next += 1;
    return this.#next - 1;
  }

  /** ms; null for a number that was not given, or long ago. */
  of(number: number): number | null {
    if (number >= this.#next || number < this.#next - KEPT) return null;
    return this.#times[number % KEPT] ?? null;
  }
}
