/** What a command line tool started and would leave behind if it were ended by a signal: servers, databases, folders. */

const left = new Set<() => Promise<void>>();
let ending = false;

/** Gives `remove` back, for when it is no longer needed; until then a signal calls it. See {@link removeOnSignals}. */
export function leftBehind(remove: () => Promise<void>): () => Promise<void> {
  const removeOnce = async (): Promise<void> => {
    left.delete(removeOnce);
    await remove();
  };
  left.add(removeOnce);
  return removeOnce;
}

/** From now on SIGINT and SIGTERM remove everything, the newest first, and end the process. */
export function removeOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      ending = true;
      void removeAll().finally(() => process.exit(code));
    });
  }
}

/** Whether a signal came: nothing new should be started. */
export function isEnding(): boolean {
  return ending;
}

async function removeAll(): Promise<void> {
  // What is being started right now comes in while the others go.
  for (let newest = [...left].at(-1); newest !== undefined; newest = [...left].at(-1)) {
    await newest().catch(() => undefined);
  }
}
