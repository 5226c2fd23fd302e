import { describe, expect, it } from 'vitest';
import { ClosedLoop } from '../../bench/load/closed-loop.ts';

function looped(outstanding: number) {
  const sent: number[] = [];
  const answered: [number, number][] = [];
  let next = 0;
  const loop = new ClosedLoop({
    outstanding,
    nextNumber: () => next++,
    send: (number) => sent.push(number),
    answered: (number, micros) => answered.push([number, micros]),
  });
  return { loop, sent, answered };
}

describe('a sender that waits for answers', () => {
  it('[BENCH-8] keeps exactly as many outstanding as it was told to', () => {
    const { loop, sent } = looped(3);
    loop.start(0);
    expect(sent).toEqual([0, 1, 2]);
    loop.acknowledged(1, 5);
    expect(sent).toEqual([0, 1, 2, 3]);
    expect(loop.waiting).toBe(3);
    for (const number of [0, 2, 3]) loop.acknowledged(number, 6);
    expect(sent).toHaveLength(7);
    expect(loop.waiting).toBe(3);
  });

  it('[BENCH-8] counts latency from when a message was due: when the one before it was answered', () => {
    const { loop, answered } = looped(1);
    loop.start(100);
    loop.acknowledged(0, 110);
    loop.acknowledged(1, 112.5);
    expect(answered).toEqual([
      [0, 10_000],
      [1, 2_500],
    ]);
  });

  it('[BENCH-8] sends what was refused again, under its number and due from the first time on', () => {
    const { loop, sent, answered } = looped(1);
    loop.start(0);
    loop.again(0);
    loop.acknowledged(0, 50);
    loop.again(0);
    expect(sent).toEqual([0, 0, 1]);
    expect(answered).toEqual([[0, 50_000]]);
  });

  it('[BENCH-8] takes an answer once', () => {
    const { loop, sent, answered } = looped(2);
    loop.start(0);
    loop.acknowledged(0, 1);
    loop.acknowledged(0, 2);
    loop.acknowledged(77, 2);
    expect(answered).toEqual([[0, 1_000]]);
    expect(sent).toEqual([0, 1, 2]);
  });

  it('[BENCH-8] ends with what it was told to send, or when it is stopped, and waits for the answers', () => {
    const few = looped(8);
    few.loop.start(0, 3);
    expect(few.sent).toEqual([0, 1, 2]);
    for (const number of [0, 1]) few.loop.acknowledged(number, 1);
    expect(few.loop.isDone).toBe(false);
    few.loop.acknowledged(2, 1);
    expect(few.loop.isDone).toBe(true);
    const endless = looped(1);
    endless.loop.start(0);
    endless.loop.stop();
    expect(endless.loop.isDone).toBe(false);
    endless.loop.acknowledged(0, 1);
    expect(endless.sent).toEqual([0]);
    expect(endless.loop.isDone).toBe(true);
  });
});
