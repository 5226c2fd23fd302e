/** When each message is due. Latency counts from there, so that a stalled sender doesn't hide a stalled server. */
export class Schedule {
  readonly #startMs: number;
  readonly #rate: number;
  readonly #messages: number;

  /** Message 0 is due at `startMs`, the others follow evenly, `rate` a second. */
  constructor(startMs: number, rate: number, messages: number) {
    this.#startMs = startMs;
    this.#rate = rate;
    this.#messages = messages;
  }

  /** How many messages are due at `nowMs`. */
  dueCount(nowMs: number): number {
    const passed = Math.floor(((nowMs - this.#startMs) * this.#rate) / 1_000) + 1;
    return Math.max(0, Math.min(this.#messages, passed));
  }

  /** µs from when message `number` was due to `nowMs`. */
  latencyMicros(number: number, nowMs: number): number {
    return (nowMs - this.#startMs) * 1_000 - (number * 1_000_000) / this.#rate;
  }
}
