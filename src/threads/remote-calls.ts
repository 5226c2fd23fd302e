/**
 * Calls to another thread that come to an end: comlink's never settle when the thread is gone, so each is raced
 * against its exit and a timeout.
 */

/** The other thread ended, or took too long. */
export class RemoteCallError extends Error {
  override readonly name = 'RemoteCallError';
}

/** Bounds the calls to one thread. */
export class RemoteCalls {
  readonly #pending = new Set<(error: RemoteCallError) => void>();
  #gone: RemoteCallError | null = null;

  /** The thread ended: every pending call, and every later one, rejects with {@link RemoteCallError}. */
  end(reason: string): void {
    this.#gone = new RemoteCallError(reason);
    for (const reject of this.#pending) reject(this.#gone);
    this.#pending.clear();
  }

  /** The call's value; rejects with {@link RemoteCallError} after `timeoutMs` or when the thread ends. */
  async run<T>(name: string, timeoutMs: number, call: () => Promise<T>): Promise<T> {
    if (this.#gone !== null) throw this.#gone;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        fail(new RemoteCallError(`${name} took longer than ${timeoutMs} ms`));
      }, timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#pending.delete(fail);
      };
      const fail = (error: Error): void => {
        done();
        reject(error);
      };
      this.#pending.add(fail);
      call().then((value) => {
        done();
        resolve(value);
      }, fail);
    });
  }
}
