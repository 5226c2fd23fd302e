/** Waiting for something that other parts bring about and tell. */

/** Waits for conditions; whoever changes what they look at calls {@link Watch.changed}. */
export class Watch {
  readonly #waiting = new Set<() => void>();

  /** Looks at all conditions again. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves with true when `condition` holds, and with false when it didn't within `timeoutMs`. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (condition()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.#waiting.add(look);
    });
  }
}

/** The outcome of `promise`; rejects when there is none within `timeoutMs`, naming `what` was waited for. */
export async function withPatience<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${timeoutMs / 1_000} s in vain until ${what}`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
