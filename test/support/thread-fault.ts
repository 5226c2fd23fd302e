/** Faults that threads of a server suffer in tests of crashes. */

/** An exception nobody catches, an end without a word, a loop that never ends, or memory that runs out. */
export type ThreadFault = 'throw' | 'exit' | 'loop' | 'memory';

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
      break;
    case 'memory':
      for (const hoard: unknown[] = []; ;) hoard.push(new Array(10_000).fill(hoard.length));
  }
}
