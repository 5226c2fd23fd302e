/** Whether clients ask for so much that work which can wait has to make room: they share the cores with it. */

/** With so many requests a second the machine is busy with them. */
const BUSY_REQUESTS_A_SECOND = 200;
/** Counted over at least so long, ms. */
const LOOK_MS = 500;

/** See the head of the file. */
export class Traffic {
  readonly #requests: () => number;
  readonly #now: () => number;
  #last: { readonly at: number; readonly requests: number };
  #isBusy = false;

  /** `requests`: frames of clients since the server began; `now`: monotonic ms. */
  constructor(requests: () => number, now: () => number) {
    this.#requests = requests;
    this.#now = now;
    this.#last = { at: now(), requests: requests() };
  }

  /** Since it was asked before, or for half a second where that is less. */
  get isBusy(): boolean {
    const [at, requests] = [this.#now(), this.#requests()];
    const elapsed = at - this.#last.at;
    if (elapsed >= LOOK_MS) {
      this.#isBusy = (requests - this.#last.requests) / (elapsed / 1_000) >= BUSY_REQUESTS_A_SECOND;
      this.#last = { at, requests };
    }
    return this.#isBusy;
  }
}
