/** When main takes messages into the search. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepSearchCurrent, SearchPace } from '../../src/composition/search.ts';
import { Traffic } from '../../src/composition/traffic.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';

describe('the pace of the search', () => {
  it('[SEARCH-10] nothing to do: every 2 s, or for 2 % of the time where looking takes long', () => {
    const pace = new SearchPace({ isBusy: false });
    expect(pace.restMs({ read: 0, waiting: 0 }, 0, 5)).toBe(2_000);
    expect(pace.restMs({ read: 0, waiting: 0 }, 2_000, 100)).toBe(5_000);
  });

  it('[SEARCH-10] half of the time while little is said, a twentieth while much is', () => {
    const pace = new SearchPace({ isBusy: false });
    expect(pace.restMs({ read: 250, waiting: 10_000 }, 0, 20)).toBe(20);
    // 1 s later 199 more wait, then 200.
    expect(pace.restMs({ read: 250, waiting: 9_750 + 199 }, 1_000, 20)).toBe(20);
    expect(pace.restMs({ read: 250, waiting: 9_699 + 200 }, 2_000, 20)).toBe(380);
    expect(pace.restMs({ read: 250, waiting: 9_649 }, 3_000, 20)).toBe(20);
  });
});

describe('work that can wait', () => {
  it('[SEARCH-10] makes room while clients ask for much, whatever they ask for', () => {
    let [now, requests] = [0, 0];
    const traffic = new Traffic(
      () => requests,
      () => now,
    );
    const pace = new SearchPace(traffic);
    let waiting = 10_000;
    const rest = (): number => pace.restMs({ read: 250, waiting: (waiting -= 250) }, now, 20);
    expect(rest()).toBe(20);
    [now, requests] = [500, 100];
    expect(rest()).toBe(380);
    // Too early to tell.
    [now, requests] = [999, 100];
    expect(rest()).toBe(380);
    [now, requests] = [1_000, 199];
    expect(rest()).toBe(20);
  });
});

describe('keeping the search current', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[SEARCH-10] goes on by itself, with its turn, through outages and bugs, until it is stopped', async () => {
    const turns = [false, true, true, true, true];
    const passes = [
      async () => fail(failure('unavailable', 'away')),
      async () => Promise.reject(new Error('a bug')),
      async () => ok({ read: 1, waiting: 1 }),
    ];
    let [asked, passed] = [0, 0];
    const index = {
      takeTurn: async () => {
        asked += 1;
        return turns.shift() ?? false;
      },
      pass: async () => {
        passed += 1;
        return (await passes.shift()?.()) ?? ok({ read: 0, waiting: 0 });
      },
    };
    const upkeep = keepSearchCurrent(index, 'me', { isBusy: false }, pino({ level: 'silent' }));
    await vi.advanceTimersByTimeAsync(1_999);
    expect([asked, passed]).toEqual([0, 0]);
    for (const expected of [
      [1, 0],
      [2, 1],
      [3, 2],
    ]) {
      await vi.advanceTimersByTimeAsync(2_000);
      expect([asked, passed]).toEqual(expected);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(passed).toBeGreaterThanOrEqual(3);
    await upkeep.stop();
    const before = asked;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(before);
  });
});
