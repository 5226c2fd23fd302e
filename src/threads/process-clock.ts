/**
 * A clock that never goes back, does not step when someone sets the machine's, and is the same for all threads of the
 * process: what one thread writes down another can compare. `performance.now()` begins anew in each of them.
 */
const [SECONDS, NANOSECONDS] = process.hrtime();
const BEGIN_MS = SECONDS * 1_000 + NANOSECONDS / 1e6 - performance.now();

/** Ms since some moment before the process began. */
export function processClock(): number {
  return BEGIN_MS + performance.now();
}
