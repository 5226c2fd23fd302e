/** Time as the client needs it; handed in, so that tests decide when something is due. */

/** Takes back what was scheduled; harmless when it has run already. */
export type Cancel = () => void;

/** A clock and its timers. */
export interface Timers {
  /** ms on a clock that never goes back. */
  now(): number;
  /** Runs `run` once after `ms`. */
  after(ms: number, run: () => void): Cancel;
}

/** setTimeout fires at once beyond this many ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The platform's clock and timers. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, run) {
    const due = performance.now() + ms;
    let handle: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number): void => {
      if (leftMs <= LONGEST_TIMEOUT_MS) handle = setTimeout(run, leftMs);
      else handle = setTimeout(() => wait(due - performance.now()), LONGEST_TIMEOUT_MS);
    };
    wait(ms);
    return () => {
      clearTimeout(handle);
    };
  },
};
