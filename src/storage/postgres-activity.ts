/** {@link ActivityStore} in PostgreSQL: sums that are kept by quarters of an hour (migration 0019_activity.sql). */
import type { ActivityStore, OpenSessions, SessionTotal } from '../admin/ports/activity-store.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 900_000;

// A session is split where stretches meet; the number of a stretch is that of its bound, from 1.
const SESSIONS_OF = `
  select place, sum(case when s.started_at >= bounds[place] then 1 else 0 end) as begun,
    sum(greatest(0, least(s.until, bounds[place + 1]) - greatest(s.started_at, bounds[place]))) as ms
  from (
    select started_at, coalesce(ended_at, greatest($3::bigint, started_at)) as until, $2::bigint[] as bounds
    from sessions where user_id = $1 and started_at < ($2::bigint[])[cardinality($2::bigint[])]
  ) as s
  cross join lateral generate_series(
    greatest(1, width_bucket(s.started_at, bounds)), least(cardinality(bounds) - 1, width_bucket(s.until, bounds))
  ) as place
  where s.until >= bounds[1]
  group by place`;

const SESSIONS = `
  select width_bucket(start * ${MINUTE_MS}::bigint, $1::bigint[]) as place, sum(begun) as begun, sum(ms) as ms
  from session_tallies where start >= $2 and start < $3
  group by place`;

const OPEN = `
  select started_at / ${QUARTER_MS} as quarter, count(*) as count, sum(started_at) as started
  from sessions where ended_at is null
  group by quarter`;

interface TotalRow {
  readonly place: number;
  readonly begun: string;
  readonly ms: string;
}

/** See the head of the file. */
export class PostgresActivity implements ActivityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async sessionsOf(
    userId: string,
    bounds: readonly number[],
    now: number,
  ): Promise<Result<readonly SessionTotal[]>> {
    const found = await this.#database.query<TotalRow>(SESSIONS_OF, [userId, bounds, now]);
    return found.ok ? ok(totalsOf(found.rows, bounds)) : fail(found.failure);
  }

  async sessions(bounds: readonly number[]): Promise<Result<readonly SessionTotal[]>> {
    const found = await this.#database.query<TotalRow>(SESSIONS, [bounds, ...minutesOf(bounds)]);
    return found.ok ? ok(totalsOf(found.rows, bounds)) : fail(found.failure);
  }

  async openSessions(): Promise<Result<readonly OpenSessions[]>> {
    const found = await this.#database.query<{ quarter: string; count: string; started: string }>(OPEN, []);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(({ quarter, count, started }) => ({
        quarter: Number(quarter) * QUARTER_MS,
        count: Number(count),
        startedAtSum: Number(started),
      })),
    );
  }
}

/** The first minute since the epoch, and the one behind the last. */
function minutesOf(bounds: readonly number[]): readonly [number, number] {
  return [(bounds[0] ?? 0) / MINUTE_MS, (bounds.at(-1) ?? 0) / MINUTE_MS];
}

function totalsOf(rows: readonly TotalRow[], bounds: readonly number[]): SessionTotal[] {
  const byPlace = new Map(
    rows.map(({ place, begun, ms }) => [place, { begun: Number(begun), ms: Number(ms) }]),
  );
  return bounds.slice(1).map((_, index) => byPlace.get(index + 1) ?? { begun: 0, ms: 0 });
}
