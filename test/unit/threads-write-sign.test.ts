import { describe, expect, it } from 'vitest';
import { failedLately, tellWrites, writeSigns } from '../../src/threads/write-sign.ts';

describe('signs of writes', () => {
  it('[OPS-13] tell of a shard whose last write failed, until one works or seconds have passed', () => {
    let now = 100_000;
    const clock = () => now;
    const signs = writeSigns(2);
    const [first, second] = [tellWrites(signs, 0, clock), tellWrites(signs, 1, clock)];
    expect(failedLately(signs, clock)).toBe(false);
    first(false);
    expect(failedLately(signs, clock)).toBe(true);
    // That others can write makes it no better.
    second(true);
    expect(failedLately(signs, clock)).toBe(true);
    first(true);
    expect(failedLately(signs, clock)).toBe(false);
    second(false);
    now += 4_000;
    expect(failedLately(signs, clock)).toBe(true);
    now += 1_000;
    expect(failedLately(signs, clock)).toBe(false);
  });
});
