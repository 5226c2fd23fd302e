/** {@link ActivityStore} in PostgreSQL: sums that are kept by quarters of an hour (migration 0019_activity.sql). */
import type {
  ActivityStore,
  ChannelTotal,
  CountUnit,
  OpenSessions,
  SessionTotal,
  TallyPass,
  UserTotal,
} from '../admin/ports/activity-store.ts';
import type { Tile } from '../admin/activity/tiles.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

const MINUTE_MS = 60_000;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

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

const SESSIONS_OF_USERS = `
  select user_id, sum(case when started_at >= $2 then 1 else 0 end) as begun,
    sum(greatest(0, least(until, $3::bigint) - greatest(started_at, $2::bigint))) as ms
  from (
    select user_id, started_at, coalesce(ended_at, greatest($4::bigint, started_at)) as until
    from sessions where user_id = any ($1) and started_at < $3::bigint
  ) as s
  where until >= $2
  group by user_id`;

/** Sums of `column` by stretches. */
const sums = (table: string, column: string): string => `
  select width_bucket(start * ${MINUTE_MS}::bigint, $1::bigint[]) as place, sum(${column}) as count
  from ${table} where start >= $2 and start < $3
  group by place`;
const MESSAGES = {
  minute: sums('message_minutes', 'messages'),
  quarter: sums('message_quarters', 'messages'),
};
const CONNECTIONS = { minute: sums('session_minutes', 'begun'), quarter: sums('session_tallies', 'begun') };
const ACTIVE_BY_MINUTE = sums('user_minutes', '1');

const TALLY = 'select read, waiting from tally_messages($1, $2)';
const KNOWN_COUNTS = `
  select w.place, c.users as count
  from unnest($1::integer[], $2::integer[]) with ordinality as w (start, "end", place)
  join active_user_counts as c on c.start = w.start and c.minutes = w."end" - w.start`;
const COUNT = 'select start, users from count_active_users($1, $2, $3)';

/** The `key` with most messages in tiles, with the name that it has in `names`. */
const top = (tallies: string, key: string, names: string, id: string): string => `
  select most.id, n.name, most.messages
  from (
    select t.${key} as id, sum(t.messages) as messages
    from unnest($1::smallint[], $2::integer[], $3::integer[]) as tile (level, start, "end")
    join ${tallies} as t on t.level = tile.level and t.start >= tile.start and t.start < tile."end"
    group by t.${key}
    order by messages desc, id
    limit $4
  ) as most
  left join ${names} as n on n.${id} = most.id
  order by most.messages desc, most.id`;
const CHANNELS = top('channel_tallies', 'channel_id', 'channels', 'id');
const USERS = top('user_tallies', 'user_id', 'names', 'user_id');

const FORGET = 'select forget_activity($1::bigint, $2) as gone';
/** Rows of one kind that are forgotten at once. */
const FORGOTTEN_AT_ONCE = 2_000;

/** Events of one pass: where each is of another time and user it takes some 100 ms, and where all are of now far less. */
const EVENTS_A_PASS = 2_000;
/** Stretches of so many minutes together are counted by one statement: a month. */
const MINUTES_A_COUNT = 31 * 1_440;

interface CountRow {
  readonly place: number;
  readonly count: string;
}

interface TopRow {
  readonly id: string;
  readonly name: string | null;
  readonly messages: string;
}

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

  async sessionsOfUsers(
    userIds: readonly string[],
    from: number,
    to: number,
    now: number,
  ): Promise<Result<ReadonlyMap<string, SessionTotal>>> {
    const found = await this.#database.query<Omit<TotalRow, 'place'> & { user_id: string }>(
      SESSIONS_OF_USERS,
      [userIds, from, to, now],
    );
    if (!found.ok) return fail(found.failure);
    return ok(
      new Map(
        found.rows.map(
          ({ user_id: id, begun, ms }) => [id, { begun: Number(begun), ms: Number(ms) }] as const,
        ),
      ),
    );
  }

  async connections(bounds: readonly number[], unit: CountUnit): Promise<Result<readonly number[]>> {
    return this.#counts(CONNECTIONS[unit], bounds);
  }

  async tally(now: number): Promise<Result<TallyPass>> {
    const minute = Math.floor(now / MINUTE_MS);
    const found = await this.#database.query<{ read: string; waiting: string }>(TALLY, [
      EVENTS_A_PASS,
      minute,
    ]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok({ read: Number(row?.read ?? 0), waiting: Number(row?.waiting ?? 0) });
  }

  async messages(bounds: readonly number[], unit: CountUnit): Promise<Result<readonly number[]>> {
    return this.#counts(MESSAGES[unit], bounds);
  }

  async activeUsers(
    bounds: readonly number[],
    unit: CountUnit,
    now: number,
  ): Promise<Result<readonly number[]>> {
    if (unit === 'minute') return this.#counts(ACTIVE_BY_MINUTE, bounds);
    const stretches = stretchesOf(bounds);
    const known = await this.#database.query<{ place: string; count: number }>(
      KNOWN_COUNTS,
      columnsOf(stretches),
    );
    if (!known.ok) return fail(known.failure);
    const users = new Map(
      known.rows.map(({ place, count }) => [stretches[Number(place) - 1]?.start ?? 0, count]),
    );
    const minute = Math.floor(now / MINUTE_MS);
    // What is to come needn't be asked for.
    const missing = stretches.filter(({ start }) => !users.has(start) && start <= minute);
    for (const some of portionsOf(missing)) {
      const counted = await this.#database.query<{ start: number; users: number }>(COUNT, [
        ...columnsOf(some),
        minute,
      ]);
      if (!counted.ok) return fail(counted.failure);
      for (const row of counted.rows) users.set(row.start, row.users);
    }
    return ok(stretches.map(({ start }) => users.get(start) ?? 0));
  }

  async channels(tiles: readonly Tile[], limit: number): Promise<Result<readonly ChannelTotal[]>> {
    const found = await this.#top(CHANNELS, tiles, limit);
    return found.ok ? ok(found.value.map(({ id, ...total }) => ({ channelId: id, ...total }))) : found;
  }

  async users(tiles: readonly Tile[], limit: number): Promise<Result<readonly UserTotal[]>> {
    const found = await this.#top(USERS, tiles, limit);
    return found.ok ? ok(found.value.map(({ id, ...total }) => ({ userId: id, ...total }))) : found;
  }

  async forget(before: number): Promise<Result<number>> {
    const cutoff = Math.floor(before / DAY_MS) * DAY_MS;
    const done = await this.#database.query<{ gone: number }>(FORGET, [cutoff, FORGOTTEN_AT_ONCE]);
    return done.ok ? ok(done.rows[0]?.gone ?? 0) : fail(done.failure);
  }

  async #counts(sql: string, bounds: readonly number[]): Promise<Result<readonly number[]>> {
    const found = await this.#database.query<CountRow>(sql, [bounds, ...minutesOf(bounds)]);
    if (!found.ok) return fail(found.failure);
    const counts = new Map(found.rows.map(({ place, count }) => [place, Number(count)]));
    return ok(bounds.slice(1).map((_, index) => counts.get(index + 1) ?? 0));
  }

  async #top(
    sql: string,
    tiles: readonly Tile[],
    limit: number,
  ): Promise<Result<readonly { id: string; name?: string; messages: number }[]>> {
    const found = await this.#database.query<TopRow>(sql, [
      tiles.map(({ level }) => level),
      tiles.map(({ start }) => start / MINUTE_MS),
      tiles.map(({ end }) => end / MINUTE_MS),
      limit,
    ]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(({ id, name, messages }) => ({
        id,
        ...(name === null ? {} : { name }),
        messages: Number(messages),
      })),
    );
  }
}

/** The stretches that `bounds` part, in minutes since the epoch. */
interface Stretch {
  readonly start: number;
  readonly end: number;
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

function stretchesOf(bounds: readonly number[]): readonly Stretch[] {
  return bounds
    .slice(1)
    .map((end, index) => ({ start: (bounds[index] ?? end) / MINUTE_MS, end: end / MINUTE_MS }));
}

function columnsOf(stretches: readonly Stretch[]): [number[], number[]] {
  return [stretches.map(({ start }) => start), stretches.map(({ end }) => end)];
}

/** So many of them together that one statement counts them in a moment. */
function portionsOf(stretches: readonly Stretch[]): readonly (readonly Stretch[])[] {
  const portions: Stretch[][] = [];
  for (const stretch of stretches) {
    const last = portions.at(-1);
    if (last === undefined || stretch.end - (last[0]?.start ?? 0) > MINUTES_A_COUNT) portions.push([stretch]);
    else last.push(stretch);
  }
  return portions;
}
