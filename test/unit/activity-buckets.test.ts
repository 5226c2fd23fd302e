import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, type BucketUnit, bucketsOf, isTimeZone } from '../../src/admin/activity/buckets.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONES = Intl.supportedValuesOf('timeZone');

function bucketed(unit: BucketUnit, from: number, to: number, zone: string): readonly Bucket[] {
  const buckets = bucketsOf(unit, from, to, zone);
  if (!buckets.ok) throw new Error(buckets.failure.message);
  return buckets.value;
}
const at = (text: string) => Date.parse(text);
const hoursOf = (buckets: readonly Bucket[]) => buckets.map(({ start, end }) => (end - start) / HOUR);

describe('stretches of time', () => {
  it('[ACT-7] what is counted by them adds up to what there is, in any zone', () => {
    const cases = fc.record({
      zone: fc.constantFrom(...ZONES),
      unit: fc.constantFrom<BucketUnit>('hour', 'day'),
      from: fc.integer({ min: at('2000-01-02'), max: at('2037-12-01') }),
      days: fc.integer({ min: 1, max: 20 }),
      // Where something happened, as shares of the range.
      happened: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 50 }),
    });
    fc.assert(
      fc.property(cases, ({ zone, unit, from, days, happened }) => {
        const to = from + days * DAY;
        const buckets = bucketed(unit, from, to, zone);
        const times = happened.map((share) => from + share * (to - from));
        const counts = buckets.map(
          ({ start, end }) => times.filter((time) => time >= start && time < end).length,
        );
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(times.length);
        for (const [index, { start, end }] of buckets.entries()) {
          expect(end).toBeGreaterThan(start);
          expect(start).toBe(buckets[index - 1]?.end ?? start);
          // What the sums are kept by.
          expect([start % 900_000, end % 900_000]).toEqual([0, 0]);
        }
        expect(buckets[0]!.start).toBeLessThanOrEqual(from);
        expect(buckets[0]!.end).toBeGreaterThan(from);
        expect(buckets.at(-1)!.start).toBeLessThan(to);
        expect(buckets.at(-1)!.end).toBeGreaterThanOrEqual(to);
      }),
      { numRuns: 300 },
    );
  });

  it('[ACT-7] days are those of the zone, when clocks are set too', () => {
    const spring = bucketed('day', at('2026-03-28T00:00Z'), at('2026-03-30T12:00Z'), 'Europe/Berlin');
    expect(spring.map(({ date }) => date)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect(hoursOf(spring)).toEqual([24, 23, 24]);
    expect(spring[1]!.start).toBe(at('2026-03-28T23:00Z'));
    const autumn = bucketed('day', at('2026-10-25T12:00Z'), at('2026-10-25T13:00Z'), 'Europe/Berlin');
    expect([autumn.length, hoursOf(autumn), autumn[0]!.date]).toEqual([1, [25], '2026-10-25']);
    const india = bucketed('day', at('2026-06-01T18:29Z'), at('2026-06-01T18:31Z'), 'Asia/Kolkata');
    expect(india.map(({ date }) => date)).toEqual(['2026-06-01', '2026-06-02']);
    expect(india[1]!.start).toBe(at('2026-06-01T18:30Z'));
    const nepal = bucketed('day', at('2026-06-01T18:15Z'), at('2026-06-01T18:16Z'), 'Asia/Kathmandu');
    expect(nepal.map(({ date }) => date)).toEqual(['2026-06-02']);
  });

  it('[ACT-7] a midnight that clocks skip, and a day that they skip', () => {
    // 00:00 became 01:00.
    const brazil = bucketed('day', at('2017-10-14T12:00Z'), at('2017-10-16T12:00Z'), 'America/Sao_Paulo');
    expect(brazil.map(({ date }) => date)).toEqual(['2017-10-14', '2017-10-15', '2017-10-16']);
    expect(hoursOf(brazil)).toEqual([24, 23, 24]);
    // 00:00 became 23:00 of the day before.
    const back = bucketed('day', at('2018-02-17T12:00Z'), at('2018-02-18T12:00Z'), 'America/Sao_Paulo');
    expect(hoursOf(back)).toEqual([25, 24]);
    const samoa = bucketed('day', at('2011-12-29T12:00Z'), at('2011-12-31T20:00Z'), 'Pacific/Apia');
    expect(samoa.map(({ date }) => date)).toEqual(['2011-12-29', '2011-12-31', '2012-01-01']);
    expect(hoursOf(samoa)).toEqual([24, 24, 24]);
  });

  it('[ACT-7] hours begin when clocks show a full one', () => {
    const india = bucketed('hour', at('2026-06-01T00:00Z'), at('2026-06-01T02:00Z'), 'Asia/Kolkata');
    expect(india.map(({ start }) => new Date(start).toISOString().slice(11, 16))).toEqual([
      '23:30',
      '00:30',
      '01:30',
    ]);
    // 02:00 became 01:30.
    const lordHowe = bucketed(
      'hour',
      at('2026-04-04T14:00Z'),
      at('2026-04-04T17:00Z'),
      'Australia/Lord_Howe',
    );
    expect(hoursOf(lordHowe)).toEqual([1.5, 1, 1]);
    const twice = bucketed('hour', at('2026-10-25T00:00Z'), at('2026-10-25T02:00Z'), 'Europe/Berlin');
    expect(hoursOf(twice)).toEqual([1, 1]);
  });

  it('[ACT-7] minutes are the same everywhere', () => {
    const minutes = bucketed(
      'minute',
      at('2026-06-01T00:00:30Z'),
      at('2026-06-01T00:02:00Z'),
      'Asia/Kolkata',
    );
    expect(minutes.map(({ start, end }) => [start, end])).toEqual([
      [at('2026-06-01T00:00Z'), at('2026-06-01T00:01Z')],
      [at('2026-06-01T00:01Z'), at('2026-06-01T00:02Z')],
    ]);
  });

  it('[ACT-7] nonsense is refused', () => {
    const refused = (unit: BucketUnit, from: number, to: number, zone: string) =>
      bucketsOf(unit, from, to, zone).ok;
    const now = at('2026-06-01');
    expect(refused('day', now, now, 'UTC')).toBe(false);
    expect(refused('day', now, now - 1, 'UTC')).toBe(false);
    expect(refused('day', now, now + 1, 'Mars/Olympus')).toBe(false);
    expect(refused('minute', now, now + 10_001 * 60_000, 'UTC')).toBe(false);
    expect(refused('day', 0, now, 'UTC')).toBe(false);
    expect([isTimeZone('Europe/Berlin'), isTimeZone(''), isTimeZone('a\0')]).toEqual([true, false, false]);
  });
});
