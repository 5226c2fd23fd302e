import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../bench/load/latency-histogram.ts';

describe('the latency histogram', () => {
  it('[BENCH-2] tells quantiles within 1.6 % of the sorted values', () => {
    const micros = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(micros, fc.constantFrom(0.5, 0.95, 0.99, 1), (values, fraction) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length * fraction) - 1]! / 1_000;
        const told = histogram.quantileMs(fraction);
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * 0.016 + 1e-9);
      }),
    );
  });

  it('[BENCH-2] tells 0 when nothing was recorded, and keeps what is out of range', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.quantileMs(0.99)).toBe(0);
    histogram.record(-5);
    histogram.record(1e12);
    expect(histogram.count).toBe(2);
  });
});
