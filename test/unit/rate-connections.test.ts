import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_POLICY, frameBucket, takeFrame } from '../../src/cache/frame-limiter.ts';

describe('frames of one socket', () => {
  it('[LIMIT-7] a socket at its rate is never refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 2_000 }), (rate, frames) => {
        const bucket = frameBucket(rate, 0);
        for (let i = 0; i < frames; i += 1) expect(takeFrame(bucket, (i * 1_000) / rate)).toBe(0);
      }),
    );
  });

  it('[LIMIT-7] a burst of twice the rate goes through, and what is refused names when the next one does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 50 }), (rate, more) => {
        const bucket = frameBucket(rate, 0);
        for (let i = 0; i < 2 * rate; i += 1) expect(takeFrame(bucket, 0)).toBe(0);
        let wait = 0;
        for (let i = 0; i < Math.min(more, rate); i += 1) wait = takeFrame(bucket, 0);
        expect(wait).toBeGreaterThan(0);
        expect(takeFrame({ ...bucket }, wait - 1)).toBeGreaterThan(0);
        expect(takeFrame({ ...bucket }, wait)).toBe(0);
      }),
    );
  });

  it('[LIMIT-8] a socket that goes on is to be closed, one that waits starts anew', () => {
    const rate = 50;
    const flood = frameBucket(rate, 0);
    const answers = Array.from({ length: 12 * rate + 1 }, () => takeFrame(flood, 0));
    expect(answers.indexOf(FRAME_POLICY)).toBe(12 * rate);
    const patient = frameBucket(rate, 0);
    for (let second = 0; second < 1_000; second += 4) {
      for (let i = 0; i < 3 * rate; i += 1) expect(takeFrame(patient, second * 1_000)).not.toBe(FRAME_POLICY);
    }
    expect(takeFrame(patient, 10_000_000)).toBe(0);
  });

  it('[LIMIT-8] a clock that stands still or goes back gives nothing away', () => {
    const bucket = frameBucket(1, 1_000);
    expect([1_000, 500, 0].map((now) => takeFrame(bucket, now) === 0)).toEqual([true, true, false]);
    expect(takeFrame(bucket, 1_000)).toBeGreaterThan(0);
  });
});
