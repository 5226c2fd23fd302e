import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inStretches, type Point, theilSen } from '../../bench/soak/trend.ts';

const value = fc.integer({ min: -1_000, max: 1_000 });
const values = fc.array(value, { minLength: 3, maxLength: 40 });
const series = (all: readonly number[]): Point[] => all.map((one, atS) => ({ atS, value: one }));

describe('the slope of a series', () => {
  it('[SOAK-4] is that of a line, within its bounds and without spread', () => {
    fc.assert(
      fc.property(value, value, fc.integer({ min: 2, max: 40 }), (slope, start, count) => {
        const trend = theilSen(series(Array.from({ length: count }, (_, atS) => start + slope * atS)))!;
        expect(trend).toEqual({ slope, low: slope, high: slope, intercept: start, spread: 0 });
      }),
    );
  });

  it('[SOAK-4] lies between its bounds, and goes with a line that is added', () => {
    fc.assert(
      fc.property(values, value, (all, added) => {
        const trend = theilSen(series(all))!;
        expect(trend.low).toBeLessThanOrEqual(trend.slope);
        expect(trend.high).toBeGreaterThanOrEqual(trend.slope);
        const steeper = theilSen(series(all.map((one, atS) => one + added * atS)))!;
        expect(steeper.slope).toBeCloseTo(trend.slope + added, 6);
        expect(steeper.low).toBeCloseTo(trend.low + added, 6);
        expect(steeper.spread).toBeCloseTo(trend.spread, 6);
      }),
    );
  });

  it('[SOAK-4] does not depend on the order of the points', () => {
    const shuffled = values.chain((all) =>
      fc.tuple(fc.constant(series(all)), fc.shuffledSubarray(series(all), { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([points, others]) => {
        expect(theilSen(others)!.slope).toBeCloseTo(theilSen(points)!.slope, 9);
      }),
    );
  });

  it('[SOAK-4] is not moved by outliers: a fifth of the points may be anything', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 8, maxLength: 8 }), value, (outliers, slope) => {
        const points = series(Array.from({ length: 40 }, (_, atS) => slope * atS));
        for (const [i, outlier] of outliers.entries()) points[i * 5] = { atS: i * 5, value: outlier * 1e6 };
        expect(theilSen(points)!.slope).toBe(slope);
      }),
    );
  });

  it('[SOAK-4] of fewer than two times is none', () => {
    expect(theilSen([])).toBeNull();
    expect(
      theilSen([
        { atS: 1, value: 1 },
        { atS: 1, value: 2 },
      ]),
    ).toBeNull();
  });
});

describe('stretches of a series', () => {
  const points = series([9, 1, 5, 2, 8, 3, 7, 7]);

  it('[SOAK-4] have the least of memory, and the median of others', () => {
    const plan = { fromS: 1, toS: 7, stretches: 2 };
    expect(inStretches(points, { ...plan, summary: 'least' })).toEqual([
      { atS: 2.5, value: 1 },
      { atS: 5.5, value: 3 },
    ]);
    expect(inStretches(points, { ...plan, summary: 'median' })).toEqual([
      { atS: 2.5, value: 2 },
      { atS: 5.5, value: 7 },
    ]);
  });

  it('[SOAK-4] without points are left out', () => {
    const plan = { fromS: 0, toS: 16, stretches: 2, summary: 'least' } as const;
    expect(inStretches(points, plan)).toEqual([{ atS: 4, value: 1 }]);
    expect(inStretches([], plan)).toEqual([]);
  });
});
