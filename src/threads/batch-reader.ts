/** Reads what a {@link BatchWriter} wrote, in the same sequence. */
export class BatchReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(batch: ArrayBuffer) {
    this.#buffer = Buffer.from(batch);
  }

  /** Whether anything is left. */
  get more(): boolean {
    return this.#at < this.#buffer.length;
  }

  u8(): number {
    const value = this.#buffer.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  u32(): number {
    const value = this.#buffer.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  f64(): number {
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  /** A view into the batch: valid as long as the batch is, and holding on to all of it. Copy what is kept. */
  bytes(): Buffer {
    const length = this.u32();
    const view = this.#buffer.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  text(): string {
    const length = this.u32();
    const value = this.#buffer.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return value;
  }
}
