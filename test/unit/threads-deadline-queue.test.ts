import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/threads/deadline-queue.ts';
import { SimClock } from '../sim/sim-clock.ts';

describe('the deadline queue', () => {
  it('[CONN-10] expires as a sorted list would, however keys are set, moved and deleted', async () => {
    const step = fc.record({
      do: fc.constantFrom('set', 'set', 'set', 'delete', 'pass'),
      key: fc.integer({ min: 0, max: 15 }),
      ms: fc.integer({ min: 0, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const clock = new SimClock();
        const model = new Map<number, number>();
        const expired: number[] = [];
        const queue = new DeadlineQueue<number>(clock, (key) => expired.push(key));
        for (const each of steps) {
          if (each.do === 'set') {
            queue.set(each.key, clock.mono() + each.ms);
            model.set(each.key, clock.mono() + each.ms);
          } else if (each.do === 'delete') {
            queue.delete(each.key);
            model.delete(each.key);
          } else {
            await clock.advance(each.ms);
            const due = [...model].filter(([, at]) => at <= clock.mono()).map(([key]) => key);
            for (const key of due) model.delete(key);
            expect(expired.splice(0).sort((a, b) => a - b)).toEqual(due.sort((a, b) => a - b));
          }
          expect(queue.size).toBe(model.size);
        }
        queue.clear();
      }),
      { numRuns: 100 },
    );
  });

  it('[CONN-10] keeps the order of times', async () => {
    const clock = new SimClock();
    const expired: string[] = [];
    const queue = new DeadlineQueue<string>(clock, (key) => expired.push(`${key} ${clock.mono()}`));
    queue.set('c', 30);
    queue.set('a', 10);
    queue.set('b', 20);
    queue.set('a', 25);
    await clock.advance(100);
    expect(expired).toEqual(['b 20', 'a 25', 'c 30']);
  });

  it('[CONN-10] waits beyond 2³¹ ms, in timers that a runtime can hold', async () => {
    const clock = new SimClock();
    const delays: number[] = [];
    const timers = {
      mono: () => clock.mono(),
      after: (delayMs: number, callback: () => void) => {
        delays.push(delayMs);
        return clock.after(delayMs, callback);
      },
    };
    const expired: number[] = [];
    const queue = new DeadlineQueue<string>(timers, () => expired.push(clock.mono()));
    const at = 3 * 2 ** 31 + 5;
    queue.set('token', at);
    await clock.advance(at - 1);
    expect(expired).toEqual([]);
    await clock.advance(1);
    expect(expired).toEqual([at]);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  });

  it('[CONN-10] a callback may set its key anew', async () => {
    const clock = new SimClock();
    const expired: number[] = [];
    const queue = new DeadlineQueue<string>(clock, (key) => {
      expired.push(clock.mono());
      if (expired.length < 3) queue.set(key, clock.mono() + 10);
    });
    queue.set('beat', 10);
    await clock.advance(1_000);
    expect(expired).toEqual([10, 20, 30]);
  });

  it('[CONN-10] holds on to nothing that was deleted', () => {
    const clock = new SimClock();
    const queue = new DeadlineQueue<number>(clock, () => undefined);
    for (let key = 0; key < 1_000; key += 1) queue.set(key, 1_000 - key);
    for (let key = 0; key < 990; key += 1) queue.delete(key);
    expect(queue.size).toBe(10);
    for (let key = 990; key < 1_000; key += 1) queue.delete(key);
    expect(queue.size).toBe(0);
  });
});
