/** One line on a terminal that says how far a long job is. */

const WIDTH = 30;
/** Terminals need no more than this, ms. */
const REDRAW_MS = 100;

/** Writes to `stream` only if that is a terminal. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  #drawnAt = -Infinity;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows `done` of `total` steps of `what`. */
  show(what: string, done: number, total: number, now: number): void {
    if (!this.#stream.isTTY || (done < total && now - this.#drawnAt < REDRAW_MS)) return;
    this.#drawnAt = now;
    this.#stream.write(`\r\u001b[K${progressLine(what, done, total)}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}

/** `playing [#####     ] 17 % 200/1200`. */
export function progressLine(what: string, done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * WIDTH);
  const bar = `${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}`;
  return `${what} [${bar}] ${Math.floor(share * 100)} % ${done}/${total}`;
}
