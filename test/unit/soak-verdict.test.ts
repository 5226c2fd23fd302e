import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAMILIES, type FamilyName, seriesOf } from '../../bench/soak/figure.ts';
import { judge, reportText } from '../../bench/soak/soak-report.ts';
import type { SoakRecord } from '../../bench/soak/soak.ts';
import { judgeReturn, judgeSlope, steadyPart } from '../../bench/soak/verdict.ts';
import { Random } from '../sim/random.ts';

const RUN_S = 1_200;
const CROWD = {
  ...{ ackP50Ms: null, ackP99Ms: null, deliveryP50Ms: null, deliveryP99Ms: null },
  ...{ messages: 10, deliveries: 100, connects: 12_000, troubles: {} },
};

/** One figure, read once a second. */
function record(family: FamilyName, valueAt: (atS: number) => number, runS = RUN_S): SoakRecord {
  const readings = Array.from({ length: runS }, (_, atS) => ({
    atS,
    measured: [{ family, thread: null, value: valueAt(atS) }],
  }));
  return { runS, readings, before: [], after: [], crowd: CROWD };
}

/** Twelve evenly spread numbers make nearly a normally distributed one. */
function noise(random: Random, sigma: number): number {
  let sum = -6;
  for (let i = 0; i < 12; i += 1) sum += random.next();
  return sum * sigma;
}

const seed = fc.integer({ min: 0, max: 2 ** 31 });

describe('the verdict on a figure', () => {
  it('[SOAK-5] is steady for noise of any size, garbage that comes and goes, and what falls', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 100 }), (of, sigma) => {
        const random = new Random(of);
        const shapes = [
          (): number => 200 + noise(random, sigma),
          (atS: number): number => 200 + (atS % 37) + noise(random, sigma),
          (atS: number): number => 200 - 0.1 * atS + noise(random, sigma),
        ];
        for (const shape of shapes) expect(judge(record('heap', shape)).findings).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('[SOAK-5] finds a leak under noise and garbage, whatever the seed', () => {
    fc.assert(
      fc.property(seed, (of) => {
        const random = new Random(of);
        const report = judge(record('heap', (atS) => 50 + 0.02 * atS + 4 * (atS % 3) + noise(random, 1)));
        expect(report.findings).toHaveLength(1);
        expect(report.findings[0]).toContain('heap rises by');
        expect(reportText(report)).toMatch(/heap, MB.*rises/);
      }),
      { numRuns: 20 },
    );
  });

  it('[SOAK-5] lets what happens while it warms up pass', () => {
    expect(judge(record('resident', (atS) => Math.min(100 + atS, 390))).findings).toEqual([]);
    expect(judge(record('resident', (atS) => Math.min(100 + atS, 900))).findings).toHaveLength(1);
  });

  it('[SOAK-5] is none for a run that is too short to tell', () => {
    expect(steadyPart(RUN_S)).toEqual({ fromS: 300, toS: RUN_S });
    expect(steadyPart(240)).toEqual({ fromS: 90, toS: 240 });
    expect(steadyPart(200)).toBeNull();
    const report = judge(record('heap', (atS) => atS, 60));
    expect(report.findings).toEqual([]);
    expect(reportText(report)).toContain('not judged');
  });

  it('[SOAK-5] is none for a figure that was seldom told', () => {
    const [series] = seriesOf(record('heap', (atS) => atS).readings);
    const seldom = { ...series!, points: series!.points.slice(-300) };
    expect(judgeSlope(seldom, steadyPart(RUN_S))).toBeNull();
  });

  it('[SOAK-6] asks of handles that they are back, or fewer', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.nat(5), (start, end, within) => {
        expect(judgeReturn(start, end, within)).toEqual({ start, end, isBack: end - start <= within });
      }),
    );
    const flat = record('files', () => 60);
    const files = (value: number) => [{ family: 'files', thread: null, value } as const];
    expect(judge({ ...flat, before: files(40), after: files(39) }).findings).toEqual([]);
    expect(judge({ ...flat, before: files(40), after: files(41) }).findings).toEqual([
      'open files went from 40 to 41',
    ]);
  });

  it('[SOAK-3] fails for anything that the crowd was not promised', () => {
    const bad = { ...CROWD, troubles: { 'gap in a page': 2 } };
    const report = judge({ ...record('connections', () => 5), crowd: bad });
    expect(report.findings).toEqual(['gap in a page: 2 times']);
    expect(reportText(report)).toContain('FAILED: gap in a page: 2 times');
  });
});

describe('figures', () => {
  it('[SOAK-1] are told for each thread that told them, in one order', () => {
    const heap = (thread: string, value: number) => ({ family: 'heap', thread, value }) as const;
    const series = seriesOf([
      {
        atS: 1,
        measured: [{ family: 'files', thread: null, value: 9 }, heap('main', 1), heap('shard-0', 2)],
      },
      { atS: 2, measured: [heap('main', 3)] },
    ]);
    expect(series.map(({ title, points }) => [title, points.map((point) => point.value)])).toEqual([
      [`${FAMILIES.heap.title}, main`, [1, 3]],
      [`${FAMILIES.heap.title}, shard-0`, [2]],
      ['open files', [9]],
    ]);
  });
});
