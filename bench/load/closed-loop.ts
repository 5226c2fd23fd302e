/**
 * A sender that waits for answers: it keeps so many messages outstanding, and sends the next one when one is answered.
 * That next one is due at that moment, so its latency has in it what the load itself is late.
 */

/** What a loop is made of. */
export interface ClosedLoopOptions {
  readonly outstanding: number;
  /** The number of the next message; each is used once. */
  readonly nextNumber: () => number;
  readonly send: (number: number) => void;
  /** Message `number` was answered `micros` µs after it was due. */
  readonly answered: (number: number, micros: number) => void;
}

/** See the head of the file. Times are ms of one clock. */
export class ClosedLoop {
  readonly #options: ClosedLoopOptions;
  /** Messages without an answer → when they were due. */
  readonly #due = new Map<number, number>();
  #left = 0;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
  }

  /** Messages that wait for an answer. */
  get waiting(): number {
    return this.#due.size;
  }

  /** Whether everything that it may send was sent and answered. */
  get isDone(): boolean {
    return this.#left === 0 && this.#due.size === 0;
  }

  /** Sends up to `messages` (without end by default). */
  start(nowMs: number, messages = Infinity): void {
    this.#left = messages;
    for (let i = 0; i < this.#options.outstanding; i += 1) this.#next(nowMs);
  }

  /** Sends nothing more; answers are still taken. */
  stop(): void {
    this.#left = 0;
  }

  /** The answer to message `number` came at `nowMs`; one that nobody waits for is passed over. */
  acknowledged(number: number, nowMs: number): void {
    const due = this.#due.get(number);
    if (due === undefined) return;
    this.#due.delete(number);
    this.#options.answered(number, (nowMs - due) * 1_000);
    this.#next(nowMs);
  }

  /** Sends a message again that was refused for the moment; it is still due from the first time on. */
  again(number: number): void {
    if (this.#due.has(number)) this.#options.send(number);
  }

  #next(nowMs: number): void {
    if (this.#left <= 0) return;
    this.#left -= 1;
    const number = this.#options.nextNumber();
    this.#due.set(number, nowMs);
    this.#options.send(number);
  }
}
