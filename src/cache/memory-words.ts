/** {@link WordsTransport} within a process: for tests and simulations, which may lose, double and delay what is said. */
import type { WordsTransport } from './server-words.ts';

/** All servers that hear one another. */
export class MemoryWords {
  readonly #listeners = new Set<{ isHeard: boolean; heard: (text: string) => void }>();
  readonly #carry: (deliver: () => void) => void;

  /** `carry` is asked to deliver a text to one server: at once, later, several times or never. */
  constructor(carry: (deliver: () => void) => void = queueMicrotask) {
    this.#carry = carry;
  }

  /** Another server's way. */
  join(): WordsTransport & { isHeard: boolean; breaks: number; leave(): void } {
    const listeners = this.#listeners;
    const mine: { isHeard: boolean; heard: (text: string) => void } = {
      isHeard: true,
      heard: () => undefined,
    };
    listeners.add(mine);
    return {
      breaks: 0,
      get isHeard() {
        return mine.isHeard;
      },
      set isHeard(isHeard) {
        if (mine.isHeard && !isHeard) this.breaks += 1;
        mine.isHeard = isHeard;
      },
      publish: async (text) => {
        if (!mine.isHeard) return;
        for (const other of listeners) {
          this.#carry(() => {
            if (other.isHeard && listeners.has(other)) other.heard(text);
          });
        }
      },
      listen: (heard) => {
        mine.heard = heard;
      },
      leave: () => {
        listeners.delete(mine);
      },
    };
  }
}
