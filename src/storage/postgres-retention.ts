/** {@link RetentionStore} in PostgreSQL: see the migration 0023_retention.sql. */
import type { ChannelFloor, FloorStep, RetentionDefaults, RetentionStore } from '../protocol/retention.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Database } from './database.ts';

/** So many events a step, and so many rows a table. */
const AT_ONCE = 1_000;

const MOVED = `
  select substr(l.key, 9) as channel, l.epoch, l.floor
  from log_retention as r join logs as l on l.id = r.log_id
  where r.moved_at > now() - interval '1 minute' and starts_with(l.key, 'channel:')`;

interface StepRow {
  readonly next: string | null;
  readonly moved: string | null;
  readonly epoch: string | null;
  readonly reached: string | null;
  readonly is_busy: boolean;
}

interface FloorRow {
  readonly channel: string;
  readonly epoch: string;
  readonly floor: string;
}

/** See the head of the file. */
export class PostgresRetention implements RetentionStore {
  readonly #database: Database;
  readonly #atOnce: number;

  /** `atOnce`: events a step, and rows a table. */
  constructor(database: Database, atOnce = AT_ONCE) {
    this.#database = database;
    this.#atOnce = atOnce;
  }

  async moveFloor(after: string | null, at: number, defaults: RetentionDefaults): Promise<Result<FloorStep>> {
    const { days = null, messages = null } = defaults;
    const done = await this.#database.query<StepRow>('select * from move_floor($1, $2, $3, $4, $5)', [
      ...[after, this.#atOnce, at, days, messages],
    ]);
    if (!done.ok) return fail(done.failure);
    const [row] = done.rows;
    if (row === undefined) throw new Error('move_floor gave no row');
    const { next, moved: channelId, epoch, reached, is_busy: isBusy } = row;
    const moved =
      channelId === null || epoch === null || reached === null
        ? null
        : { channelId, epoch, floor: Number(reached) };
    return ok({ next, moved, isBusy });
  }

  async movedFloors(): Promise<Result<readonly ChannelFloor[]>> {
    const found = await this.#database.query<FloorRow>(MOVED, []);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(({ channel, epoch, floor }) => ({ channelId: channel, epoch, floor: Number(floor) })),
    );
  }

  async removeRows(at: number): Promise<Result<number>> {
    const done = await this.#database.query<{ rows: number }>('select remove_retired($1, $2) as rows', [
      this.#atOnce,
      at,
    ]);
    return done.ok ? ok(done.rows[0]?.rows ?? 0) : fail(done.failure);
  }
}
