import { describe, expect, it } from 'vitest';
import { pacedDefer } from '../../src/threads/paced-defer.ts';

/** A clock, an end of the tick and timers that the test turns by hand. */
function rig() {
  let now = 0;
  const endOfTick: (() => void)[] = [];
  const timers: { at: number; run: () => void }[] = [];
  const defer = pacedDefer(
    {
      mono: () => now,
      after: (delayMs, run) => {
        timers.push({ at: now + delayMs, run });
        return () => undefined;
      },
    },
    (task) => endOfTick.push(task),
  );
  return {
    defer,
    endTick: () => endOfTick.splice(0).forEach((task) => task()),
    pass: (ms: number) => {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers.splice(0, timers.length, ...timers.filter(({ at }) => at > now));
      for (const { run } of due) run();
    },
  };
}

describe('paced defer', () => {
  it('[SHARD-13] a quiet thread posts at the end of the tick', () => {
    const { defer, endTick, pass } = rig();
    const ran: string[] = [];
    defer(() => ran.push('a'));
    defer(() => ran.push('b'));
    expect(ran).toEqual([]);
    endTick();
    expect(ran).toEqual(['a', 'b']);
    pass(5);
    defer(() => ran.push('c'));
    endTick();
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('[SHARD-13] a busy one gathers for three milliseconds, and what a task defers comes after it', () => {
    const { defer, endTick, pass } = rig();
    const ran: string[] = [];
    defer(() => {
      ran.push('a');
      defer(() => ran.push('later'));
    });
    endTick();
    defer(() => ran.push('b'));
    endTick();
    expect(ran).toEqual(['a']);
    pass(2);
    expect(ran).toEqual(['a']);
    pass(1);
    expect(ran).toEqual(['a', 'later', 'b']);
  });
});
