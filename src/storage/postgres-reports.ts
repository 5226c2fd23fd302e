/** {@link ReportStore} in PostgreSQL: see the migration 0014_audit.sql. */
import type { UserRef } from '../protocol/entities.ts';
import {
  type HandledReport,
  type NewReport,
  type Report,
  REPORT_CONTEXT,
  type ReportedMessage,
  type ReportOutcome,
  type ReportPage,
  type ReportQuery,
  type ReportReader,
  type ReportResolution,
  type ReportState,
  type ReportStore,
  type ReportWork,
} from '../protocol/reports.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';
import { readerColumns, readerSql } from './readable-channels.ts';
import {
  CHANGED_MEANWHILE,
  claimed,
  isTheirs,
  NO_MESSAGE,
  NO_REPORT,
  OWN_MESSAGE,
  resolved,
  type Worked,
} from './report-work.ts';

interface ReportRow {
  readonly id: string;
  readonly channel_id: string;
  readonly message: ReportedMessage;
  readonly context: readonly ReportedMessage[];
  readonly reporter_id: string;
  readonly reporter_name: string;
  readonly reason: string;
  readonly created_at: string;
  readonly state: ReportState;
  readonly claimed_by: string | null;
  readonly claimed_by_name: string | null;
  readonly resolved_by: string | null;
  readonly resolved_by_name: string | null;
  readonly resolved_at: string | null;
  readonly outcome: ReportOutcome | null;
  readonly note: string | null;
}

const COLUMNS = `id, channel_id, message, context, reporter_id, reporter_name, reason, created_at, state, claimed_by,
  claimed_by_name, resolved_by, resolved_by_name, resolved_at, outcome, note`;

/** So far back messages are looked for that were said before: others may lie between. */
const CONTEXT_REACH = 100;

const shown = (event: string): string => `json_build_object(
    'id', ${event}.id, 'author', ${event}.data -> 'author', 'content', ${event}.data ->> 'content',
    'timestamp', ${event}.timestamp)`;

// $1: id, $2: channel, $3: message, $4, $5: reporter, $6: reason, $7: time, $8: whether they see what is hidden.
const FILE = `
  with known as (
    select ${COLUMNS} from reports where reporter_id = $4 and message_id = $3 and channel_id = $2 and state <> 'resolved'
  ), found as (
    select e.*, l.floor from events as e join logs as l on l.id = e.log_id
    where l.key = 'channel:' || $2 and e.id = $3 and e.seq >= l.floor and e.type = 'message:created' and e.data ->> 'content' is not null
      and ($8::boolean or e.sender = $4 or not is_shadowed(e.data))
  ), made as (
    insert into reports (id, channel_id, message_id, author_id, message, context, reporter_id, reporter_name, reason,
        created_at)
      select $1, $2, $3, m.sender, ${shown('m')}, coalesce((
          select json_agg(${shown('b')} order by b.seq)
          from (
            select * from events as e
            where e.log_id = m.log_id and e.seq < m.seq and e.seq >= greatest(m.seq - ${CONTEXT_REACH}, m.floor)
              and e.type = 'message:created' and e.data ->> 'content' is not null
              and ($8::boolean or not is_shadowed(e.data))
            order by e.seq desc limit ${REPORT_CONTEXT}
          ) as b
        ), '[]'), $4, $5, $6, $7::bigint
      from found as m where m.sender <> $4 and not exists (select from known)
    on conflict (reporter_id, message_id) where state <> 'resolved' do nothing
    returning ${COLUMNS}
  )
  select ${COLUMNS}, duplicate, own
  from (select exists (select from found where sender = $4) as own) as o
  left join (select *, false as duplicate from made union all select *, true from known) as r on true
  where r.id is not null or exists (select from found)`;

const LIST = `
  select ${COLUMNS} from reports as r
  where ($1::text is null or channel_id = $1) and ($2::text is null or state = $2) and ($3::text is null or id < $3)
    and author_id <> $4`;
const LISTED = 'order by id desc limit $5';

const ROLES = "('owner', 'moderator')";

/**
 * Whether the reader, whose columns are numbered from `first`, looks after the channel of the report `r`. Of a channel
 * without a record, staff does.
 */
function lookedAfter(first: number): string {
  const { visible, out } = readerSql(first);
  const [ids, user, staff] = [first, first + 2, first + 3];
  return `coalesce(
    (
      select ${visible} and not ${out} and ($${staff}::boolean or exists (
        select from channel_members as m
        where m.channel_id = c.id and m.user_id = $${user} and m.role in ${ROLES}
      ))
      from channels as c where c.id = r.channel_id
    ),
    $${staff}::boolean and $${ids}::text[] is null
  )`;
}

const LOOKS_AFTER_ANY = `
  select exists (
    select from channel_members as mine join channels as c on c.id = mine.channel_id
    where mine.user_id = $3 and mine.role in ${ROLES} and ${readerSql(1).visible} and not ${readerSql(1).out}
  ) as found`;

const UPDATE = `
  update reports set state = $2, claimed_by = $3, claimed_by_name = $4, resolved_by = $5, resolved_by_name = $6,
    resolved_at = $7::bigint, outcome = $8, note = $9
  where id = $1 and state = $10 and claimed_by is not distinct from $11
  returning id`;

/** Reports of all channels. */
export class PostgresReports implements ReportStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async file(report: NewReport): Promise<Result<HandledReport>> {
    const { id, channelId, messageId, reporter, seesAll = false, reason, at } = report;
    if (messageId.includes('\0')) return fail(NO_MESSAGE);
    const values = [id, channelId, messageId, reporter.id, reporter.name, reason, at, seesAll];
    // Another report of theirs that lands meanwhile can't be seen; a second look sees it.
    for (let looks = 0; looks < 2; looks += 1) {
      const filed = await this.#database.query<FiledRow>(FILE, values);
      if (!filed.ok) return fail(filed.failure);
      const [row] = filed.rows;
      if (row === undefined) return fail(NO_MESSAGE);
      if (row.id !== null) return ok({ report: reportOf(row), duplicate: row.duplicate });
      if (row.own) return fail(OWN_MESSAGE);
    }
    return fail(CHANGED_MEANWHILE);
  }

  async list(query: ReportQuery): Promise<Result<ReportPage>> {
    return this.#list(`${LIST} ${LISTED}`, query, []);
  }

  async listFor(reader: ReportReader, query: ReportQuery, at: number): Promise<Result<ReportPage>> {
    return this.#list(`${LIST} and ${lookedAfter(6)} ${LISTED}`, query, readerColumns(reader, at));
  }

  async looksAfterAny(reader: ReportReader, at: number): Promise<Result<boolean>> {
    const values = readerColumns(reader, at);
    const found = await this.#database.query<{ found: boolean }>(LOOKS_AFTER_ANY, values);
    return found.ok ? ok(found.rows[0]?.found === true) : fail(found.failure);
  }

  async claim(work: ReportWork): Promise<Result<HandledReport>> {
    return this.#work(work, (report) => claimed(report, work));
  }

  async resolve(resolution: ReportResolution): Promise<Result<HandledReport>> {
    return this.#work(resolution, (report) => resolved(report, resolution));
  }

  async deleteBefore(at: number): Promise<Result<void>> {
    const deleted = await this.#database.query('delete from reports where created_at < $1', [at]);
    return deleted.ok ? ok(undefined) : fail(deleted.failure);
  }

  async #list(
    text: string,
    { channelId, state, after, limit, by }: ReportQuery,
    more: readonly unknown[],
  ): Promise<Result<ReportPage>> {
    if (after?.includes('\0') === true) return ok({ items: [], hasMore: false });
    const values = [channelId ?? null, state ?? null, after ?? null, by, limit + 1, ...more];
    const found = await this.#database.query<ReportRow>(text, values);
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(reportOf), hasMore: found.rows.length > limit });
  }

  async #work(work: ReportWork, change: (report: Report) => Result<Worked>): Promise<Result<HandledReport>> {
    if (work.id.includes('\0')) return fail(NO_REPORT);
    const { id: wanted, reader, at } = work;
    const found =
      reader === undefined
        ? await this.#database.query<ReportRow>(`select ${COLUMNS} from reports where id = $1`, [wanted])
        : await this.#database.query<ReportRow>(
            `select ${COLUMNS} from reports as r where id = $1 and ${lookedAfter(2)}`,
            [wanted, ...readerColumns(reader, at)],
          );
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    const before = row === undefined ? null : reportOf(row);
    if (before === null || !isTheirs(before, work)) return fail(NO_REPORT);
    const worked = change(before);
    if (!worked.ok) return worked;
    const { report, duplicate, act } = worked.value;
    if (act === null) return ok({ report, duplicate });
    const { id, state, claimedBy, resolvedBy, resolvedAt, outcome, note } = report;
    const values = [
      ...[id, state, claimedBy?.id ?? null, claimedBy?.name ?? null, resolvedBy?.id ?? null],
      ...[resolvedBy?.name ?? null, resolvedAt ?? null, outcome ?? null, note ?? null],
      ...[before.state, before.claimedBy?.id ?? null],
    ];
    const kept = auditCall(act, values.length + 1);
    const updated = await this.#database.query(
      `with updated as (${UPDATE}) select ${kept.sql} from updated`,
      [...values, ...kept.values],
    );
    if (!updated.ok) return fail(updated.failure);
    return updated.rows.length === 1 ? ok({ report, duplicate }) : fail(CHANGED_MEANWHILE);
  }
}

type FiledRow = (
  | ({ readonly duplicate: boolean } & ReportRow)
  // There is such a message, and no report of it.
  | { readonly id: null }
) & { readonly own: boolean };

function reportOf(row: ReportRow): Report {
  const { id, channel_id: channelId, state, reason, message, context, outcome, note } = row;
  return {
    ...{ id, channelId, state, reason, message, context },
    reporter: { id: row.reporter_id, name: row.reporter_name },
    createdAt: Number(row.created_at),
    ...personIn('claimedBy', row.claimed_by, row.claimed_by_name),
    ...personIn('resolvedBy', row.resolved_by, row.resolved_by_name),
    ...(row.resolved_at === null ? {} : { resolvedAt: Number(row.resolved_at) }),
    ...(outcome === null ? {} : { outcome }),
    ...(note === null ? {} : { note }),
  };
}

function personIn(
  field: 'claimedBy' | 'resolvedBy',
  id: string | null,
  name: string | null,
): Partial<Report> {
  return id === null ? {} : { [field]: { id, name: name ?? id } satisfies UserRef };
}
