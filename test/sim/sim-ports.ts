/** Both ends of a way between two threads: messages arrive in order, each after a delay of its own. */
import type { SimClock } from './sim-clock.ts';

/** One end; fits data plane and mesh. */
export interface SimPort<Message> {
  post(message: Message): void;
  receive(listener: (message: Message) => void): void;
  /** Nothing goes out or arrives here from now on; what is on its way to the other end still arrives there. */
  close(): void;
}

/** Two ends. `delayMs` is asked for each message. */
export function simPorts<Message>(
  clock: SimClock,
  delayMs: () => number,
): readonly [SimPort<Message>, SimPort<Message>] {
  const a = new End<Message>(clock, delayMs);
  const b = new End<Message>(clock, delayMs);
  a.other = b;
  b.other = a;
  return [a, b];
}

class End<Message> implements SimPort<Message> {
  other: End<Message> | null = null;
  readonly #clock: SimClock;
  readonly #delayMs: () => number;
  #listener: ((message: Message) => void) | null = null;
  /** Messages that came before anybody listened. */
  #early: Message[] = [];
  #isClosed = false;
  #lastArrival = 0;

  constructor(clock: SimClock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  post(message: Message): void {
    if (this.#isClosed) return;
    const now = this.#clock.mono();
    this.#lastArrival = Math.max(this.#lastArrival, now + this.#delayMs());
    this.#clock.after(this.#lastArrival - now, () => {
      this.other?.arrive(message);
    });
  }

  receive(listener: (message: Message) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  close(): void {
    this.#isClosed = true;
  }

  arrive(message: Message): void {
    if (this.#isClosed) return;
    if (this.#listener === null) this.#early.push(message);
    else this.#listener(message);
  }
}
