/** How a whole is closed that was opened part by part. AsyncDisposableStack would hide in logs which errors there were. */

/** Closes one part. */
export type Close = () => void | Promise<void>;

/** What is to be closed, each part added as soon as it is open. */
export class Closers {
  readonly #closers: Close[] = [];

  add(close: Close): void {
    this.#closers.push(close);
  }

  /**
   * Closes the newest part first, one after the other and each once, whatever becomes of the others. Rejects at the end
   * with an AggregateError of everything that failed.
   */
  async closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
  }
}
