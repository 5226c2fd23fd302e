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

  /** Posts again and again right behind the last time, until it gathers. */
  function busy(): ReturnType<typeof rig> {
    const thread = rig();
    for (let posts = 0; posts < 40; posts += 1) {
      thread.defer(() => undefined);
      thread.endTick();
      thread.pass(0.1);
    }
    thread.pass(3);
    thread.defer(() => undefined);
    thread.endTick();
    return thread;
  }

  it('[SHARD-13] one that posts now and then, a thousand times a second say, still posts at the end of the tick', () => {
    const { defer, endTick, pass } = rig();
    let ran = 0;
    for (let posts = 1; posts <= 100; posts += 1) {
      defer(() => (ran += 1));
      endTick();
      expect(ran).toBe(posts);
      pass(1);
    }
  });

  it('[SHARD-13] a busy one gathers for three milliseconds, and what a task defers comes after it', () => {
    const { defer, endTick, pass } = busy();
    const ran: string[] = [];
    defer(() => {
      ran.push('a');
      defer(() => ran.push('later'));
    });
    endTick();
    defer(() => ran.push('b'));
    endTick();
    pass(2);
    expect(ran).toEqual([]);
    pass(1);
    expect(ran).toEqual(['a', 'b']);
    pass(3);
    expect(ran).toEqual(['a', 'b', 'later']);
  });

  it('[SHARD-13] and is quiet again when there was nothing to post for a while', () => {
    const { defer, endTick, pass } = busy();
    pass(10);
    let ran = 0;
    for (let posts = 1; posts <= 5; posts += 1) {
      pass(10);
      defer(() => (ran += 1));
      endTick();
      expect(ran).toBe(posts);
    }
  });
});
