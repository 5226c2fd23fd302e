/** {@link LogHeads} in PostgreSQL. */
import type { LogKey } from '../log/entry.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { KnownLog, LogHeads } from '../shard/ports/log-heads.ts';
import type { Database } from './database.ts';

/** $1: this process. Sessions of every process have a heartbeat (0019_activity.sql). */
const OTHERS = `
  select distinct w.run from session_writers as w
  where not w.closed and w.run <> $1 and w.beat_at > clock_timestamp() - interval '30 s'`;

/** $1: logs, $2: their heads, $3: their epochs, $4: whether a channel was there. */
const MOVED = `
  select k.log, case when l.head >= k.head and (k.epoch is null or l.epoch = k.epoch) then l.head end as head
  from unnest($1::text[], $2::bigint[], $3::text[], $4::boolean[]) as k (log, head, epoch, is_there)
  left join logs as l on l.key = k.log
  where coalesce(l.head, 0) <> k.head or l.epoch <> k.epoch
    or l.key is null and k.is_there
      and not exists (select from channels as c where c.id = substr(k.log, 9) and c.deleted_at is null)`;

interface MovedRow {
  readonly log: LogKey;
  readonly head: string | null;
}

export class PostgresLogHeads implements LogHeads {
  readonly #database: Database;
  readonly #run: string;

  /** `run`: how this process tells of its sessions. */
  constructor(database: Database, run: string) {
    this.#database = database;
    this.#run = run;
  }

  async others(): Promise<Result<readonly string[]>> {
    const found = await this.#database.query<{ run: string }>(OTHERS, [this.#run]);
    return found.ok ? ok(found.rows.map(({ run }) => run)) : fail(found.failure);
  }

  async moved(
    logs: readonly KnownLog[],
  ): Promise<Result<readonly (readonly [log: LogKey, head: number | null])[]>> {
    const found = await this.#database.query<MovedRow>(MOVED, [
      logs.map(({ log }) => log),
      logs.map(({ head }) => head),
      logs.map(({ epoch }) => epoch),
      logs.map(({ exists }) => exists),
    ]);
    if (!found.ok) return fail(found.failure);
    return ok(found.rows.map(({ log, head }) => [log, head === null ? null : Number(head)] as const));
  }
}
