/** What is told of who was here and what was said, by the calendar of a time zone. */
import type { ActivityStore, SessionTotal } from '../ports/activity-store.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { type Bucket, bucketsOf } from './buckets.ts';
import { openTime } from './open-time.ts';

/** From `from` on, before `to` (ms since the epoch), by the calendar of `timeZone` (IANA). */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

/** What {@link ActivityReport} needs. `now` gives ms since the epoch. */
export interface ActivityReportDeps {
  readonly store: ActivityStore;
  readonly now: () => number;
}

/** Sessions of a day. */
export interface SessionDay extends Bucket, SessionTotal {}

/** See the head of the file. */
export class ActivityReport {
  readonly #deps: ActivityReportDeps;

  constructor(deps: ActivityReportDeps) {
    this.#deps = deps;
  }

  /** Sessions of a user, or of everybody, on each day that has something of the span; `bad_request`, `unavailable`. */
  async sessions({ from, to, timeZone }: Span, userId?: string): Promise<Result<readonly SessionDay[]>> {
    const days = bucketsOf('day', from, to, timeZone);
    if (!days.ok) return days;
    const bounds = boundsOf(days.value);
    const now = this.#deps.now();
    const totals =
      userId === undefined
        ? await this.#sessionsOfAll(bounds, now)
        : await this.#deps.store.sessionsOf(userId, bounds, now);
    if (!totals.ok) return totals;
    return ok(days.value.map((day, index) => ({ ...day, ...(totals.value[index] ?? NONE) })));
  }

  async #sessionsOfAll(bounds: readonly number[], now: number): Promise<Result<readonly SessionTotal[]>> {
    const { store } = this.#deps;
    const [totals, open] = await Promise.all([store.sessions(bounds), store.openSessions()]);
    if (!totals.ok) return totals;
    if (!open.ok) return fail(open.failure);
    const going = openTime(open.value, bounds, now);
    return ok(totals.value.map(({ begun, ms }, index) => ({ begun, ms: ms + (going[index] ?? 0) })));
  }
}

const NONE: SessionTotal = { begun: 0, ms: 0 };

function boundsOf(buckets: readonly Bucket[]): readonly number[] {
  return [...buckets.map(({ start }) => start), ...buckets.slice(-1).map(({ end }) => end)];
}
