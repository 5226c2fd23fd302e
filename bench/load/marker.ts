/**
 * What the load finds in the bytes that a server sends. A message's text begins with a run of tildes and its number.
 * A run of sixteen equal bytes can be looked for in steps of sixteen, so the load spends next to nothing on the
 * rest of a frame: it has to keep up with servers that deliver millions of frames a second.
 */
const FILL = 0x7e;
const RUN = 16;
const DIGITS = 8;
const ZERO = 0x30;

/** Highest message number that a marker holds. */
export const MAX_MARKED = 10 ** DIGITS - 1;

/** A text of `bytes` ASCII characters (at least 24) that carries `number` (0 to {@link MAX_MARKED}). */
export function markedText(number: number, bytes: number): string {
  return `${'~'.repeat(RUN)}${String(number).padStart(DIGITS, '0')}`.padEnd(bytes, '.');
}

/** Finds the markers in one connection's inbound bytes, wherever the chunks are cut. */
export class MarkerScanner {
  readonly #found: (number: number) => void;
  /** Tildes seen in a row up to the end of what was fed; more than zero means in the middle of something. */
  #run = 0;
  #digits = 0;
  #value = 0;

  /** `found` is called once for each marker, with its number. */
  constructor(found: (number: number) => void) {
    this.#found = found;
  }

  /** Takes the first `length` bytes of `bytes`; keeps no reference to them. */
  feed(bytes: Uint8Array, length: number): void {
    let at = this.#run > 0 ? this.#step(bytes, 0, length) : 0;
    while (at < length) {
      // No run crosses `at`, so one of RUN bytes that begins at or after it covers one of these probes.
      let probe = at + RUN - 1;
      while (probe < length && bytes[probe] !== FILL) probe += RUN;
      if (probe >= length) {
        this.#run = trailingRun(bytes, at, length);
        return;
      }
      let start = probe;
      while (start > at && bytes[start - 1] === FILL) start -= 1;
      at = this.#step(bytes, start, length);
    }
  }

  /** Reads byte by byte from within a run or a number until it is over; returns the offset to go on from. */
  #step(bytes: Uint8Array, from: number, length: number): number {
    for (let at = from; at < length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === FILL && this.#digits === 0) {
        this.#run += 1;
        continue;
      }
      const digit = byte - ZERO;
      if (this.#run < RUN || digit < 0 || digit > 9) {
        const restart = byte === FILL ? at : at + 1;
        this.#reset();
        return restart;
      }
      this.#value = this.#value * 10 + digit;
      this.#digits += 1;
      if (this.#digits === DIGITS) {
        this.#found(this.#value);
        this.#reset();
        return at + 1;
      }
    }
    return length;
  }

  #reset(): void {
    this.#run = 0;
    this.#digits = 0;
    this.#value = 0;
  }
}

function trailingRun(bytes: Uint8Array, from: number, length: number): number {
  let start = length;
  while (start > from && bytes[start - 1] === FILL) start -= 1;
  return length - start;
}
