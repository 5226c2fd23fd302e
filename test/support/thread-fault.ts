/** Faults that threads of a server suffer in tests of crashes. */

/** An exception nobody catches, an end without a word, or a loop that never ends. */
export type ThreadFault = 'throw' | 'exit' | 'loop';

/** Breaks the thread that calls it. */
export function suffer(fault: ThreadFault): void {
  switch (fault) {
    case 'throw':
      setImmediate(() => {
        throw new Error('a bug in a thread');
      });
      return;
    case 'exit':
      process.exit(7);
      break;
    case 'loop':
      for (;;) Math.random();
  }
}
