import { afterEach, describe, expect, it, vi } from 'vitest';
import { uuidv7 } from '../../src/threads/uuidv7.ts';

const HOUR_MS = 3_600_000;

describe('event ids', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const ids = (count: number): string[] => Array.from({ length: count }, () => uuidv7());

  it('[LOG-40] are UUIDs of version 7 with the time in front', () => {
    const before = Date.now();
    const id = uuidv7();
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const time = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('[LOG-40] sort in the order in which they were made, any number in one millisecond', () => {
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now);
    const made = ids(20_000);
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
  });

  it('[LOG-40] sort on when the clock is set forward and back', () => {
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now);
    const made = ids(3);
    for (const ahead of [HOUR_MS, 0, -HOUR_MS, 1]) {
      clock.mockReturnValue(now + ahead);
      made.push(...ids(3));
    }
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
  });
});
