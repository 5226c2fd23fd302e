/** What is told of who was here and what was said, by the calendar of a time zone. */
import type { ActivityStore, ChannelTotal, SessionTotal, UserTotal } from '../ports/activity-store.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok, type Result } from '../../protocol/result.ts';
import { type Bucket, bucketsOf, type BucketUnit, rangeProblem } from './buckets.ts';
import { openTime } from './open-time.ts';
import { tilesOf } from './tiles.ts';

/** Who wrote by minutes is kept for so long, ms. */
const MINUTES_KEPT_MS = 2 * 86_400_000;

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

/** What a chart shows: messages, users who wrote, or sessions that began. */
export type Metric = 'messages' | 'active_users' | 'connections';

/** One point of a chart. */
export interface Point extends Bucket {
  readonly value: number;
}

/** The first of a list by size, and whether there are more. */
export interface Top<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

/** What a user did. */
export interface ActiveUser extends UserTotal, SessionTotal {}

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

  /** A chart; `bad_request`, `unavailable`. */
  async timeseries(metric: Metric, unit: BucketUnit, span: Span): Promise<Result<readonly Point[]>> {
    const { from, to, timeZone } = span;
    const buckets = bucketsOf(unit, from, to, timeZone);
    if (!buckets.ok) return buckets;
    if (metric === 'active_users' && unit === 'minute' && from < this.#deps.now() - MINUTES_KEPT_MS) {
      return fail(failure('bad_request', 'Who wrote in which minute is kept for two days.'));
    }
    const values = await this.#valuesOf(metric, unit, boundsOf(buckets.value));
    if (!values.ok) return values;
    return ok(buckets.value.map((bucket, index) => ({ ...bucket, value: values.value[index] ?? 0 })));
  }

  /** The channels with most messages in a time that is made longer to whole quarters of an hour. */
  async channels({ from, to }: Omit<Span, 'timeZone'>, limit: number): Promise<Result<Top<ChannelTotal>>> {
    const problem = rangeProblem(from, to, 'UTC');
    if (problem !== null) return fail(problem);
    const { store, now } = this.#deps;
    await store.tally(now());
    const found = await store.channels(tilesOf(from, to), limit + 1);
    return found.ok ? ok({ items: found.value.slice(0, limit), hasMore: found.value.length > limit }) : found;
  }

  /** The users with most messages in such a time, and their sessions in it. */
  async users({ from, to }: Omit<Span, 'timeZone'>, limit: number): Promise<Result<Top<ActiveUser>>> {
    const problem = rangeProblem(from, to, 'UTC');
    if (problem !== null) return fail(problem);
    const { store, now } = this.#deps;
    await store.tally(now());
    const tiles = tilesOf(from, to);
    const found = await store.users(tiles, limit + 1);
    if (!found.ok) return found;
    const most = found.value.slice(0, limit);
    const ids = most.map(({ userId }) => userId);
    const sessions = await store.sessionsOfUsers(
      ids,
      tiles[0]?.start ?? from,
      tiles.at(-1)?.end ?? to,
      now(),
    );
    if (!sessions.ok) return sessions;
    const items = most.map((user) => ({ ...user, ...(sessions.value.get(user.userId) ?? NONE) }));
    return ok({ items, hasMore: found.value.length > limit });
  }

  async #valuesOf(
    metric: Metric,
    unit: BucketUnit,
    bounds: readonly number[],
  ): Promise<Result<readonly number[]>> {
    const { store, now } = this.#deps;
    const countUnit = unit === 'minute' ? 'minute' : 'quarter';
    if (metric === 'connections') return store.connections(bounds, countUnit);
    // What came since the background's last pass; where much waits it is late anyhow.
    await store.tally(now());
    return metric === 'messages'
      ? store.messages(bounds, countUnit)
      : store.activeUsers(bounds, countUnit, now());
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
