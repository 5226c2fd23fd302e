import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TILE_LEVELS, tilesOf } from '../../src/admin/activity/tiles.ts';

const QUARTER = 900_000;
const DAY = 86_400_000;

describe('tiles of a range', () => {
  it('[ACT-9] lie side by side, whole ones of their level, and few', () => {
    const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) });
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 800 * DAY }), (from, length) => {
        const to = from + length;
        const tiles = tilesOf(from, to);
        expect(tiles[0]!.start).toBe(Math.floor(from / QUARTER) * QUARTER);
        expect(tiles.at(-1)!.end).toBe(Math.ceil(to / QUARTER) * QUARTER);
        for (const [index, { level, start, end }] of tiles.entries()) {
          expect(start).toBe(index === 0 ? start : tiles[index - 1]!.end);
          for (const edge of [start, end]) {
            const date = new Date(edge);
            expect(edge % QUARTER).toBe(0);
            if (level !== TILE_LEVELS.quarter) expect(edge % DAY).toBe(0);
            if (level === TILE_LEVELS.month) expect(date.getUTCDate()).toBe(1);
          }
          // No coarser ones would do.
          if (level === TILE_LEVELS.quarter) expect(end - start).toBeLessThan(2 * DAY);
          if (level === TILE_LEVELS.day) expect(end - start).toBeLessThan(63 * DAY);
        }
      }),
    );
  });

  it('[ACT-9] a year is its months', () => {
    expect(tilesOf(Date.UTC(2026, 0), Date.UTC(2027, 0))).toEqual([
      { level: TILE_LEVELS.month, start: Date.UTC(2026, 0), end: Date.UTC(2027, 0) },
    ]);
    expect(tilesOf(Date.UTC(2026, 0, 31, 23), Date.UTC(2026, 2, 1, 1)).map(({ level }) => level)).toEqual([
      0, 2, 0,
    ]);
  });
});
