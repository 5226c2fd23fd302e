/**
 * Stretches of time as a calendar of a time zone has them. Pure: the zone's rules come from Intl (IANA names). A stretch
 * begins where the one before it ends, so what is counted by stretches adds up to what there is.
 */
import { failure, type Failure } from '../../protocol/errors.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';

/** How long stretches are. */
export type BucketUnit = 'minute' | 'hour' | 'day';

/** From `start` on, before `end`; ms since the epoch. */
export interface Bucket {
  readonly start: number;
  readonly end: number;
  /** Of a day, by the zone's calendar: `2026-12-01`. */
  readonly date?: string;
}

/** Stretches of one answer. */
export const MOST_BUCKETS = 10_000;

const MINUTE_MS = 60_000;
/** All zones of today are whole quarters of an hour apart: days and hours of any begin with one. */
export const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WIDTH_MS: Readonly<Record<BucketUnit, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
/** Times that calendars of zones are asked about: long before, some were no whole quarters apart. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(9_999, 0, 1);

/** Whether `name` is a time zone that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The stretches of `timeZone` that have something in common with `from` to `to` (ms since the epoch), in order. Fails with
 * `bad_request` for too many, for a range that is none, and for a zone that isn't known.
 */
export function bucketsOf(
  unit: BucketUnit,
  from: number,
  to: number,
  timeZone: string,
): Result<readonly Bucket[]> {
  const problem = rangeProblem(from, to, timeZone);
  if (problem !== null) return fail(problem);
  if ((to - from) / WIDTH_MS[unit] > MOST_BUCKETS) {
    return fail(failure('bad_request', `That would be more than ${MOST_BUCKETS} of a ${unit}.`));
  }
  const zone = new Zone(timeZone);
  switch (unit) {
    case 'minute':
      return ok(minutes(from, to));
    case 'hour':
      return ok(hours(zone, from, to));
    case 'day':
      return ok(days(zone, from, to));
  }
}

/** What is wrong with a range in a zone; null: nothing. */
export function rangeProblem(from: number, to: number, timeZone: string): Failure | null {
  if (from >= to) return failure('bad_request', 'from must be before to.');
  if (from < EARLIEST || to > LATEST) return failure('bad_request', 'Such times are not kept.');
  return isTimeZone(timeZone) ? null : failure('bad_request', 'This time zone is not known.');
}

/** What clocks of a zone show. */
class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, calendar: 'gregory', hourCycle: 'h23' },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  }

  /** What a clock shows at `at`, as the time at which one of UTC shows it, ms. Whole seconds. */
  local(at: number): number {
    const parts = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  }

  offset(at: number): number {
    return this.local(at) - Math.floor(at / 1_000) * 1_000;
  }

  /**
   * When the day begins at whose start clocks show `midnight`: as soon as they show that or more. Clocks may skip midnight, or
   * a whole day, and may show it twice.
   */
  dayStart(midnight: number): number {
    const offsets = [this.offset(midnight - DAY_MS), this.offset(midnight + DAY_MS)];
    const starts = offsets.map((offset) => midnight - offset).sort((one, other) => one - other);
    return starts.find((start) => this.local(start) >= midnight) ?? midnight;
  }
}

function minutes(from: number, to: number): Bucket[] {
  const first = Math.floor(from / MINUTE_MS);
  const count = Math.ceil(to / MINUTE_MS) - first;
  return Array.from({ length: count }, (_, index) => {
    const start = (first + index) * MINUTE_MS;
    return { start, end: start + MINUTE_MS };
  });
}

/** Hours begin when clocks show a full one; where they are set by half an hour one is longer. */
function hours(zone: Zone, from: number, to: number): Bucket[] {
  const shown = zone.local(from);
  let start = from - (shown % HOUR_MS) - (from % 1_000);
  // Clocks may have been set since.
  if (start > from || zone.local(start) % HOUR_MS !== 0) start = Math.floor(from / QUARTER_MS) * QUARTER_MS;
  const buckets: Bucket[] = [];
  while (start < to) {
    // Asking costs far more than adding: a day on which nobody sets a clock is asked about once.
    const isPlain = zone.offset(start) === zone.offset(start + DAY_MS) && zone.local(start) % HOUR_MS === 0;
    for (const day = start + DAY_MS; isPlain && start < day && start < to; start += HOUR_MS) {
      buckets.push({ start, end: start + HOUR_MS });
    }
    if (isPlain) continue;
    let end = start + QUARTER_MS;
    while (zone.local(end) % HOUR_MS !== 0) end += QUARTER_MS;
    buckets.push({ start, end });
    start = end;
  }
  return buckets;
}

function days(zone: Zone, from: number, to: number): Bucket[] {
  let midnight = Math.floor(zone.local(from) / DAY_MS) * DAY_MS;
  let start = zone.dayStart(midnight);
  // Of a day that clocks show twice the second part belongs to the next.
  while (zone.dayStart(midnight + DAY_MS) <= from) {
    midnight += DAY_MS;
    start = zone.dayStart(midnight);
  }
  const buckets: Bucket[] = [];
  while (start < to) {
    const end = zone.dayStart(midnight + DAY_MS);
    const date = new Date(midnight).toISOString().slice(0, 10);
    // A day that clocks skip has no time.
    if (end > start) buckets.push({ start, end, date });
    start = end;
    midnight += DAY_MS;
  }
  return buckets;
}
