/** Reads a stretch of a log, with the log's head and epoch, in one statement. */
import type { ChannelRecord, LogPage, LogRange, StoredEvent } from '../shard/ports/channel-log.ts';

/** A named statement; `key` and the rest of the range are its parameters, see {@link pageQuery}. */
export interface PageQuery {
  readonly name: string;
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** Columns of an event; `seq` is null where there is none. */
export interface EventRow {
  readonly seq: string | null;
  readonly id: string;
  readonly type: string;
  readonly sender: string;
  readonly client_message_id: string | null;
  readonly timestamp: string;
  readonly data: string;
  /** How many rows lay within `limit + 1`, before bytes were counted. */
  readonly found: string;
}

/** A row of the answer: the channel's and the log's columns on each, an event's where there is one. */
export interface PageRow extends EventRow {
  readonly channel_id: string | null;
  readonly channel_name: string | null;
  readonly topic: string | null;
  readonly private: boolean | null;
  readonly epoch: string;
  readonly head: string;
}

// bigint's largest value: before it lies everything.
export const END = '9223372036854775807';

/**
 * The statement for `range` of the log `key`. One row more than `limit` is looked at, to know whether more follows;
 * bytes are counted in the database, so that a page of large events isn't sent only to be cut here.
 */
export function pageQuery(key: string, range: LogRange): PageQuery {
  const forward = range.direction === 'after';
  const bound = range.direction === 'newest' ? END : (range.seq ?? (forward ? 0 : END));
  return {
    name: forward ? 'log-page-after' : 'log-page-before',
    text: forward ? AFTER : BEFORE,
    values: [key, bound, range.limit, range.maxBytes],
  };
}

/** The page that `rows` tell of. */
export function pageOf(rows: readonly PageRow[], range: LogRange): LogPage {
  const [first] = rows;
  if (first === undefined) throw new Error('server_instance has no row: the database was not migrated');
  const { events, hasMore } = eventsOf(rows);
  if (range.direction !== 'after') events.reverse();
  return { epoch: first.epoch, head: Number(first.head), events, hasMore };
}

/** The events of `rows` in their order, and whether more lies beyond them. */
export function eventsOf(rows: readonly EventRow[]): {
  readonly events: StoredEvent[];
  readonly hasMore: boolean;
} {
  const events = rows.filter((row) => row.seq !== null).map(eventOf);
  return { events, hasMore: events.length > 0 && Number(rows[0]?.found) > events.length };
}

/** The channel's record, null when there is none. */
export function channelOf(rows: readonly PageRow[]): ChannelRecord | null {
  const [row] = rows;
  if (row?.channel_id == null) return null;
  return {
    id: row.channel_id,
    name: row.channel_name ?? row.channel_id,
    ...(row.topic === null ? {} : { topic: row.topic }),
    private: row.private ?? false,
  };
}

/** The event of a row that has one. */
export function eventOf(row: Omit<EventRow, 'found'>): StoredEvent {
  return {
    id: row.id,
    type: row.type,
    sender: row.sender,
    ...(row.client_message_id === null ? {} : { clientMessageId: row.client_message_id }),
    seq: Number(row.seq),
    timestamp: Number(row.timestamp),
    data: row.data,
  };
}

/**
 * SQL for those rows of `near` that lie within `limit` rows and `maxBytes` of `data`, at least one of them, with `found`.
 * `near` selects at most one row more than `limit`, which is how `found` tells of more; both are parameters such as `$3`.
 */
export function withinBounds(near: string, order: 'asc' | 'desc', limit: string, maxBytes: string): string {
  return `
    select * from (
      select near.*,
        count(*) over () as found,
        row_number() over (order by near.seq ${order}) as nth,
        sum(octet_length(near.data::text)) over (order by near.seq ${order}) as bytes
      from (${near}) as near
    ) as counted
    where nth <= ${limit} and (nth = 1 or bytes <= ${maxBytes})`;
}

/** A log that doesn't exist yet has the database's epoch, which is what its first append will give it. */
function pageSql(comparison: '<' | '>', order: 'asc' | 'desc'): string {
  const near = `
    select * from events where log_id = l.id and seq ${comparison} $2 order by seq ${order} limit $3::bigint + 1`;
  return `
    select c.id as channel_id, c.name as channel_name, c.topic, c.private,
      coalesce(l.epoch, instance.epoch) as epoch, coalesce(l.head, 0) as head,
      e.seq, e.id, e.type, e.sender, e.client_message_id, e.timestamp, e.data::text as data, e.found
    from server_instance as instance
    left join logs as l on l.key = $1
    left join channels as c on starts_with($1, 'channel:') and c.id = substr($1, 9)
    left join lateral (${withinBounds(near, order, '$3', '$4')}) as e on true
    order by e.seq ${order}`;
}

const BEFORE = pageSql('<', 'desc');
const AFTER = pageSql('>', 'asc');
