/**
 * A clock that never goes back, does not step when someone sets the machine's, and is the same for all threads of the
 * process: what one thread writes down another can compare. `performance.now()` begins anew in each of them.
 */

/** Two readings of the system's clock this close together, ms, had nothing between them but what was asked for. */
const CLOSE_MS = 0.02;
const MOST_TRIES = 100;

const BEGIN_MS = beginMs();

/** Ms since some moment before the process began. */
export function processClock(): number {
  return BEGIN_MS + performance.now();
}

/**
 * When this thread's clock began. The thread may lose its core between the two clocks, for tens of ms on a busy host, which
 * would set it apart from the others: so the closest pair of several counts.
 */
function beginMs(): number {
  let closest = Number.POSITIVE_INFINITY;
  let begin = 0;
  for (let tries = 0; tries < MOST_TRIES && closest > CLOSE_MS; tries += 1) {
    const before = systemMs();
    const here = performance.now();
    const apart = systemMs() - before;
    if (apart >= closest) continue;
    closest = apart;
    begin = before + apart / 2 - here;
  }
  return begin;
}

function systemMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
