/** When main moves floors, tells shards and removes rows. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followRetention } from '../../src/composition/retention.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import type { ChannelFloor, FloorStep, RetentionStore } from '../../src/protocol/retention.ts';

const IDLE: FloorStep = { next: null, moved: null, isBusy: false };
const floorOf = (floor: number, channelId = 'room'): ChannelFloor => ({ channelId, epoch: 'e', floor });

/** A store that takes `tookMs` for a step, and what was asked of it and told. */
function scripted(tookMs = 0) {
  const steps: FloorStep[] = [];
  const asked: (string | null)[] = [];
  const told: number[][] = [];
  const removed: number[] = [];
  const errors: string[] = [];
  const script = {
    ...{ steps, asked, told, removed, errors },
    floors: [] as ChannelFloor[],
    rows: 0,
    isHeard: true,
    problem: null as 'away' | 'a bug' | null,
  };
  const store: RetentionStore = {
    moveFloor: async (after) => {
      asked.push(after);
      if (script.problem === 'a bug') throw new Error('a bug');
      if (script.problem === 'away') return fail(failure('unavailable', 'away'));
      vi.setSystemTime(Date.now() + tookMs);
      return ok(steps.shift() ?? IDLE);
    },
    movedFloors: async () => ok(script.floors),
    removeRows: async () => ok(script.rows),
  };
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now());
  const following = followRetention({
    ...{ store, defaults: {}, now: () => Date.now() },
    tell: async (floors) => {
      told.push(floors.map(({ floor }) => floor));
      return script.isHeard;
    },
    removed: (rows) => removed.push(rows),
    logger: { error: (_fields: object, message: string) => errors.push(message) } as never,
  });
  return { ...script, script, following };
}

describe('what is past', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('[RETAIN-11] is looked for every 2 s, and removed in a fifth of the time while there is any', async () => {
    const { asked, steps, script, following } = scripted(100);
    await vi.advanceTimersByTimeAsync(1_899);
    // A step took 100 ms: a twentieth of the time.
    expect(asked).toEqual([null]);
    steps.push({ next: 'a', moved: floorOf(5), isBusy: true }, { ...IDLE, next: 'b' }, IDLE, IDLE);
    await vi.advanceTimersByTimeAsync(110);
    expect(asked).toEqual([null, null]);
    await vi.advanceTimersByTimeAsync(1_210);
    // What was left to do in the round begins the next one at once.
    expect(asked).toEqual([null, null, 'a', 'b', null]);
    await following.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toHaveLength(5);
    expect(script.errors).toEqual([]);
  });

  it('[RETAIN-11] [RETAIN-15] goes on through outages and bugs, and counts rows', async () => {
    const { asked, removed, script, following } = scripted();
    script.problem = 'away';
    await vi.advanceTimersByTimeAsync(2_000);
    script.problem = 'a bug';
    await vi.advanceTimersByTimeAsync(2_000);
    expect(script.errors).toEqual(['what is past in channels could not be removed']);
    script.problem = null;
    script.rows = 7;
    await vi.advanceTimersByTimeAsync(2_010);
    expect(removed).toEqual([7]);
    await vi.advanceTimersByTimeAsync(100);
    expect(removed.length).toBeGreaterThan(3);
    expect(asked.length).toBeGreaterThan(4);
    await following.stop();
  });

  it('[RETAIN-12] shards are told of each floor until they know it, whoever moved it', async () => {
    const { told, steps, script, following } = scripted();
    await vi.advanceTimersByTimeAsync(0);
    steps.push({ next: null, moved: floorOf(5), isBusy: false });
    await vi.advanceTimersByTimeAsync(1_999);
    script.floors = [floorOf(5)];
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([[5]]);
    script.floors = [floorOf(5), floorOf(9, 'other')];
    script.isHeard = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([[5], [9], [9]]);
    script.isHeard = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(told).toEqual([[5], [9], [9], [9]]);
    // A channel of the same name with another epoch is another one.
    script.floors = [{ ...floorOf(5), epoch: 'f' }];
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told.slice(4)).toEqual([[5]]);
    await following.stop();
  });
});
