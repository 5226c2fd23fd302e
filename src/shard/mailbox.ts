/** Steps of one actor that wait: held for one or more reasons, worked off in order when there is none left. */
import type { Failure } from '../protocol/errors.ts';

/** A step that waits for the actor: with its state, or with why there is none. */
export type Step<State> = (state: State | null, problem: Failure | null) => void;

interface Waiting<State> {
  readonly step: Step<State>;
  /** Isn't refused when the actor can't be loaded: that is tried again. */
  readonly insists: boolean;
}

export class Mailbox<State> {
  #waiting: Waiting<State>[] = [];
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
  push(step: Step<State>, insists: boolean): void {
    this.#waiting.push({ step, insists });
  }

  /** Ends one reason to wait. Steps run in order with `state`; one of them may be a new reason. */
  release(state: State): void {
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
  takeRefusable(): readonly Step<State>[] {
    const refusable = this.#waiting.filter(({ insists }) => !insists);
    this.#waiting = this.#waiting.filter(({ insists }) => insists);
    return refusable.map(({ step }) => step);
  }
}
