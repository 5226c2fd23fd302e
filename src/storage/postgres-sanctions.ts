/** {@link SanctionStore} in PostgreSQL. */
import type {
  NewSanction,
  Pardon,
  PendingDeletion,
  SanctionKind,
  SanctionPage,
  SanctionQuery,
  SanctionStore,
  StoredSanction,
} from '../auth/sanction-store.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';
import { imposedAct, pardonedAct } from './sanction-audit.ts';

interface SanctionRow {
  readonly id: string;
  readonly kind: SanctionKind;
  readonly user_id: string;
  readonly user_name: string;
  readonly by_id: string;
  readonly by_name: string;
  readonly reason: string | null;
  readonly address: string | null;
  readonly created_at: string;
  readonly until: string | null;
  readonly ended_at: string | null;
  readonly ended_by: string | null;
  readonly ended_by_name: string | null;
}

const COLUMNS = `id, kind, user_id, user_name, by_id, by_name, reason, address, created_at, until, ended_at, ended_by,
  ended_by_name`;

const LIST = `
  select ${COLUMNS} from sanctions
  where channel_id is null and kind = $1 and ($2::text is null or user_id = $2) and ($3::text is null or id < $3)
    and ($4::boolean is null or $4 = (ended_at is null and (until is null or until > $5)))
  order by id desc limit $6`;

const FIND = `select ${COLUMNS} from sanctions where channel_id is null and kind = $1 and id = $2`;

const DELETIONS = `
  select id, user_id, by_id, by_name, created_at, delete_since from sanctions
  where delete_since is not null order by id limit $1`;

/** So many of the events of all logs that were made last are looked at. */
const MOST_EVENTS = 1_000_000;
/** An event's id may have been made so much before its time, or the other way round, ms: clocks differ. */
const ID_TIME_SLACK_MS = 60_000;

// Ids begin with the time that they were made at (UUIDv7), so one index leads to what was written lately in all logs.
const CHANNELS_OF = `
  select distinct substr(l.key, 9) as channel
  from (
    select log_id, type, sender, timestamp from events where id >= $1 and id <= $2 order by id desc limit ${MOST_EVENTS}
  ) as e join logs as l on l.id = e.log_id
  where e.sender = $3 and e.type = 'message:created' and e.timestamp between $4 and $5 and l.key like 'channel:%'
  order by channel`;

/** Bans and mutes from everywhere. */
export class PostgresSanctions implements SanctionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async sanction(sanction: NewSanction): Promise<Result<{ readonly replaced: boolean }>> {
    const { user, by, ...act } = sanction;
    const kept = auditCall(imposedAct(sanction), 2);
    const made = await this.#database.query<{ replaced: boolean }>(
      `with made as materialized (select sanction_everywhere($1) as replaced) select replaced, ${kept.sql} from made`,
      [
        JSON.stringify({ ...act, user: user.id, name: user.name, by: by.id, byName: by.name }),
        ...kept.values,
      ],
    );
    return made.ok ? ok({ replaced: made.rows[0]?.replaced ?? false }) : fail(made.failure);
  }

  async pardon(pardon: Pardon): Promise<Result<StoredSanction | null>> {
    const { kind, user, id, by, at } = pardon;
    const kept = auditCall(pardonedAct(pardon), 2);
    const ended = await this.#database.query<SanctionRow>(
      `with ended as materialized (select ${COLUMNS} from pardon_everywhere($1)) select ended.*, ${kept.sql} from ended`,
      [
        JSON.stringify({
          kind,
          ...(id === undefined ? { user: user.id } : { id }),
          by: by.id,
          byName: by.name,
          at,
        }),
        ...kept.values,
      ],
    );
    if (!ended.ok) return fail(ended.failure);
    const [row] = ended.rows;
    return ok(row === undefined ? null : sanctionOf(row));
  }

  async find(kind: SanctionKind, id: string): Promise<Result<StoredSanction | null>> {
    const found = await this.#database.query<SanctionRow>(FIND, [kind, id]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : sanctionOf(row));
  }

  async list(
    { kind, user, active, before, limit }: SanctionQuery,
    now: number,
  ): Promise<Result<SanctionPage>> {
    const values = [kind, user ?? null, before ?? null, active ?? null, now, limit + 1];
    const found = await this.#database.query<SanctionRow>(LIST, values);
    if (!found.ok) return fail(found.failure);
    return ok({
      items: found.rows.slice(0, limit).map(sanctionOf),
      hasMore: found.rows.length > limit,
    });
  }

  async deletions(limit: number): Promise<Result<readonly PendingDeletion[]>> {
    const found = await this.#database.query<SanctionRow & { readonly delete_since: string }>(DELETIONS, [
      limit,
    ]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(
        ({ id, user_id: user, by_id: by, by_name: name, created_at: at, delete_since: since }) => ({
          ...{ id, user, by: { id: by, name } },
          ...{ since: Number(since), at: Number(at) },
        }),
      ),
    );
  }

  async channelsOf(user: string, since: number, until: number): Promise<Result<readonly string[]>> {
    const first = idAt(Math.max(0, since - ID_TIME_SLACK_MS));
    const last = idAt(until + ID_TIME_SLACK_MS);
    const found = await this.#database.query<{ channel: string }>(CHANNELS_OF, [
      ...[first, last, user, since, until],
    ]);
    return found.ok ? ok(found.rows.map(({ channel }) => channel)) : fail(found.failure);
  }

  async deleted(id: string): Promise<Result<void>> {
    const done = await this.#database.query('update sanctions set delete_since = null where id = $1', [id]);
    return done.ok ? ok(undefined) : fail(done.failure);
  }
}

function sanctionOf(row: SanctionRow): StoredSanction {
  const { id, kind, reason, address, until, ended_at: endedAt, ended_by: endedBy } = row;
  return {
    ...{ id, kind, user: { id: row.user_id, name: row.user_name }, by: { id: row.by_id, name: row.by_name } },
    ...(reason === null ? {} : { reason }),
    ...(address === null ? {} : { address }),
    createdAt: Number(row.created_at),
    until: until === null ? null : Number(until),
    endedAt: endedAt === null ? null : Number(endedAt),
    endedBy: endedBy === null ? null : { id: endedBy, name: row.ended_by_name ?? endedBy },
  };
}

/** The beginning of ids that were made at this time. */
function idAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
