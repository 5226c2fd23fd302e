/** Steps of one channel that wait: held for one or more reasons, worked off in order when there is none left. */
import type { ChannelState } from '../channel/state.ts';
import type { Failure } from '../protocol/errors.ts';

/** A step that waits for the channel: with its state, or with why there is none. */
export type Step = (state: ChannelState | null, problem: Failure | null) => void;

interface Waiting {
  readonly step: Step;
  /** Isn't refused when the channel can't be loaded: it is tried again. */
  readonly insists: boolean;
}

export class Mailbox {
  #waiting: Waiting[] = [];
  #holds = 0;
  #isReleasing = false;

  /** Steps that wait. */
  get depth(): number {
    return this.#waiting.length;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** One more reason to wait. */
  hold(): void {
    this.#holds += 1;
  }

  /** Lets `step` wait. */
  push(step: Step, insists: boolean): void {
    this.#waiting.push({ step, insists });
  }

  /** Ends one reason to wait. Steps run in order with `state`; one of them may be a new reason. */
  release(state: ChannelState): void {
    this.#holds -= 1;
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    while (this.#holds === 0) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      next.step(state, null);
    }
    this.#isReleasing = false;
  }

  /** Takes out the steps that don't insist; they are the caller's to refuse. */
  takeRefusable(): readonly Step[] {
    const refusable = this.#waiting.filter(({ insists }) => !insists);
    this.#waiting = this.#waiting.filter(({ insists }) => insists);
    return refusable.map(({ step }) => step);
  }
}
