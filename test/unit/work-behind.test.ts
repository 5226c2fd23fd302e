import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepActivityFor } from '../../src/composition/activity-retention.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok, type Result } from '../../src/protocol/result.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 500 * DAY_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('activity whose time is over', () => {
  it('[ACT-12] is forgotten portion after portion, and looked for every hour, whatever comes of a look', async () => {
    const asked: number[] = [];
    const errors: string[] = [];
    const left: (Result<number> | Error)[] = [ok(2_000), ok(2_000), ok(1), ok(0)];
    const forget = async (before: number): Promise<Result<number>> => {
      asked.push(before);
      const next = left.shift() ?? ok(0);
      if (next instanceof Error) throw next;
      return next;
    };
    const logger = { error: (_fields: object, text?: string) => void errors.push(text ?? '') };
    const kept = keepActivityFor(400 * DAY_MS, { forget }, logger);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(4);
    expect(asked[0]).toBe(100 * DAY_MS);
    left.push(fail(failure('unavailable', 'away', 1_000)), new Error('a bug'));
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(asked).toHaveLength(6);
    expect(errors).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(asked).toHaveLength(7);
    await kept.stop();
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS);
    expect(asked).toHaveLength(7);
  });
});
