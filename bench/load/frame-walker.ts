/** Cuts a server's bytes into WebSocket frames (RFC 6455, section 5.2), wherever the chunks are cut. */

/** Opcodes that a load acts on. */
export const OPCODES = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

const FIN = 0x80;
const OPCODE = 0x0f;
const MASKED = 0x80;
const LENGTH = 0x7f;
/** The longest header that a server's frame has. */
const MAX_HEADER = 10;

/** One frame: its payload is `bytes` from `start` to before `end`, valid only during the call. */
export type FrameTaker = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Nothing is copied of frames that lie whole in a chunk. States: between frames; in a header (`#held` holds what came
 * of it); in a payload (`#held` is as large as the frame, `#filled` bytes of it have come).
 */
export class FrameWalker {
  readonly #take: FrameTaker;
  #held: Buffer | null = null;
  #filled = 0;
  /** Bytes of the frame that is held, header included; 0 while that isn't known. */
  #size = 0;

  constructor(take: FrameTaker) {
    this.#take = take;
  }

  /** Takes `bytes` from `from` to before `length`. Throws for a frame that no server here may send. */
  feed(bytes: Buffer, length: number, from = 0): void {
    let at = this.#held === null ? from : this.#fill(bytes, from, length);
    while (at < length) {
      const size = frameSize(bytes, at, length);
      if (size === 0 || at + size > length) {
        this.#hold(bytes, at, length, size);
        return;
      }
      this.#emit(bytes, at, size);
      at += size;
    }
  }

  #hold(bytes: Buffer, from: number, to: number, size: number): void {
    this.#held = Buffer.allocUnsafeSlow(size === 0 ? MAX_HEADER : size);
    this.#filled = bytes.copy(this.#held, 0, from, to);
    this.#size = size;
  }

  /** Adds to the held frame; gives where the next one begins. */
  #fill(bytes: Buffer, from: number, length: number): number {
    let held = this.#held;
    let at = from;
    while (held !== null && this.#size === 0 && at < length) {
      held[this.#filled] = bytes[at] ?? 0;
      this.#filled += 1;
      at += 1;
      const size = frameSize(held, 0, this.#filled);
      if (size === 0) continue;
      const whole = Buffer.allocUnsafeSlow(size);
      held.copy(whole, 0, 0, this.#filled);
      this.#held = held = whole;
      this.#size = size;
    }
    if (held === null || this.#size === 0) return at;
    const copied = bytes.copy(held, this.#filled, at, Math.min(length, at + this.#size - this.#filled));
    this.#filled += copied;
    if (this.#filled === this.#size) {
      this.#held = null;
      this.#emit(held, 0, this.#size);
      this.#size = 0;
    }
    return at + copied;
  }

  #emit(bytes: Buffer, at: number, size: number): void {
    const first = bytes[at] ?? 0;
    if ((first & FIN) === 0 || (first & OPCODE) === 0) throw new RangeError('a server sent a fragment');
    this.#take(first & OPCODE, bytes, at + headerSize(bytes[at + 1] ?? 0), at + size);
  }
}

/** Bytes of the frame at `at`, 0 when its header isn't whole before `to`. */
function frameSize(bytes: Buffer, at: number, to: number): number {
  if (to - at < 2) return 0;
  const second = bytes[at + 1] ?? 0;
  if ((second & MASKED) !== 0) throw new RangeError('a server sent a masked frame');
  const header = headerSize(second);
  if (to - at < header) return 0;
  if (header === 2) return header + (second & LENGTH);
  return header + (header === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2)));
}

function headerSize(second: number): number {
  const length = second & LENGTH;
  return length < 126 ? 2 : length === 126 ? 4 : MAX_HEADER;
}
