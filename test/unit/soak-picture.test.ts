import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAMILIES, type FamilyName } from '../../bench/soak/figure.ts';
import { extremes, soakPicture } from '../../bench/soak/soak-picture.ts';
import { judge } from '../../bench/soak/soak-report.ts';
import type { Point } from '../../bench/soak/trend.ts';

const NAMES = Object.keys(FAMILIES) as FamilyName[];
const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });

function picture(runS: number, rows: readonly (readonly number[])[]): string {
  const readings = rows.map((values, i) => ({
    atS: ((i + 1) * runS) / rows.length,
    measured: values.map((value, j) => ({ family: NAMES[j % NAMES.length]!, thread: null, value })),
  }));
  const crowd = {
    ...{ ackP50Ms: null, ackP99Ms: null, deliveryP50Ms: null, deliveryP99Ms: null },
    ...{ messages: 0, deliveries: 0, connects: 0, troubles: {} },
  };
  return soakPicture(judge({ runS, readings, before: [], after: [], crowd }), 'A <b> & "c"');
}

describe('the picture of a soak', () => {
  it('[SOAK-7] is one well-formed SVG with numbers that are numbers, whatever was measured', () => {
    const rows = fc.array(fc.array(finite, { minLength: 1, maxLength: 13 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600 }), rows, (runS, values) => {
        const svg = picture(runS, values);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
        const open: string[] = [];
        for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
          if (close === '/') expect(open.pop()).toBe(name);
          else if (empty !== '/') open.push(name!);
        }
        expect(open).toEqual([]);
        expect(svg).toContain('A &lt;b&gt; &amp; &quot;c&quot;');
      }),
      { numRuns: 50 },
    );
  });

  it('[SOAK-7] has a panel for each figure: title with unit, axes, least and most, verdict', () => {
    const svg = picture(
      600,
      Array.from({ length: 600 }, (_, i) => [100 + (i % 7)]),
    );
    for (const text of ['resident memory, MB', 'min 100.0, max 106.0', '10.0 min', '>steady<']) {
      expect(svg).toContain(text);
    }
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg).toContain('stroke-dasharray');
  });

  it('[SOAK-7] loses no peak, and keeps the order of time', () => {
    const points = fc
      .array(finite, { minLength: 1, maxLength: 500 })
      .map((values) => values.map((value, atS): Point => ({ atS, value })));
    fc.assert(
      fc.property(points, (all) => {
        const drawn = extremes(all, 500);
        const values = all.map(({ value }) => value);
        expect(drawn.map(({ value }) => value)).toEqual(
          expect.arrayContaining([Math.min(...values), Math.max(...values)]),
        );
        expect(drawn).toEqual(drawn.toSorted((a, b) => a.atS - b.atS));
      }),
    );
  });
});
