/** Builds the batches that cross threads: one scratch buffer, written to end to end, cut off as an exact copy. */

const INITIAL_BYTES = 16 * 1024;
/** A scratch buffer that one large batch grew beyond this is let go again. */
const KEEP_BYTES = 4 * 1024 * 1024;

/**
 * Little-endian primitives in sequence. `take` gives a dedicated ArrayBuffer of exactly the bytes written, fit to be
 * transferred: a pooled Buffer would detach its neighbours.
 */
export class BatchWriter {
  #buffer = Buffer.from(new ArrayBuffer(INITIAL_BYTES));
  #length = 0;

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length] = value;
    this.#length += 1;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  /** Any safe integer. */
  f64(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  /** Length (u32), then the bytes. */
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** UTF-8 length (u32), then the text. */
  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.u32(length);
    this.#reserve(length);
    this.#length += this.#buffer.write(value, this.#length, length);
  }

  /**
   * Length (u32) of header and text, then what `header` writes for the text's byte length, then the text: a WebSocket
   * frame without a copy in between.
   */
  framed(
    value: string,
    headerLength: (payload: number) => number,
    header: (target: Uint8Array, offset: number, payload: number) => number,
  ): void {
    const payload = Buffer.byteLength(value);
    const total = headerLength(payload) + payload;
    this.u32(total);
    this.#reserve(total);
    this.#length = header(this.#buffer, this.#length, payload);
    this.#length += this.#buffer.write(value, this.#length, payload);
  }

  /** All bytes written so far, as a buffer of their own; the writer is empty afterwards. */
  take(): ArrayBuffer {
    const batch = new ArrayBuffer(this.#length);
    new Uint8Array(batch).set(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#buffer.length > KEEP_BYTES) this.#buffer = Buffer.from(new ArrayBuffer(INITIAL_BYTES));
    return batch;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    let size = this.#buffer.length * 2;
    while (size < needed) size *= 2;
    const larger = Buffer.from(new ArrayBuffer(size));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
