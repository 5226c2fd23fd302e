/** Reads a stretch of a log, with the log's head and epoch, in one statement. */
import { MAX_PAGE_EVENTS } from '../protocol/limits.ts';
import type {
  ChannelRecord,
  ChannelTables,
  LogPage,
  LogRange,
  StoredEvent,
} from '../shard/ports/channel-log.ts';

/** A named statement; `key` and the rest of the range are its parameters, see {@link pageQuery}. */
export interface PageQuery {
  readonly name: string;
  readonly text: string;
  readonly values: (string | number | readonly string[])[];
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

/** A row of what a channel's actor loads: the tables beside the log on each. */
export interface LoadRow extends PageRow {
  readonly tables: ChannelTables;
}

/** Where the log stands on each row, an event's columns where there is one. */
export interface LogRow extends EventRow {
  readonly epoch: string;
  readonly head: string;
  readonly floor: string;
}

/** A row of a page: the channel's columns on each too. */
export interface PageRow extends LogRow {
  readonly channel_id: string | null;
  readonly channel_name: string | null;
  readonly topic: string | null;
  readonly description: string | null;
  readonly private: boolean | null;
  readonly deleted: boolean | null;
}

// bigint's largest value: before it lies everything.
export const END = '9223372036854775807';

/**
 * The statement for `range` of the log `key`. One row more than `limit` is looked at, to know whether more follows;
 * bytes are counted in the database, so that a page of large events isn't sent only to be cut here.
 */
export function pageQuery(key: string, range: LogRange): PageQuery {
  if (range.ofMessages === true) {
    return { name: 'log-page-messages', text: MESSAGES, values: [key, END, range.limit, range.maxBytes] };
  }
  const forward = range.direction === 'after';
  const bound = range.direction === 'newest' ? END : (range.seq ?? (forward ? 0 : END));
  return {
    name: forward ? 'log-page-after' : 'log-page-before',
    text: forward ? AFTER : BEFORE,
    values: [key, bound, range.limit, range.maxBytes],
  };
}

/** The statement for the newest page of the channel `channelId`, with the tables beside its log, in one snapshot. */
export function loadQuery(channelId: string, limit: number, maxBytes: number): PageQuery {
  return { name: 'log-load', text: LOAD, values: [`channel:${channelId}`, END, limit, maxBytes] };
}

/** The page that `rows` tell of. */
export function pageOf(rows: readonly LogRow[], direction: LogRange['direction']): LogPage {
  const [first] = rows;
  if (first === undefined) throw new Error('server_instance has no row: the database was not migrated');
  const { events, hasMore } = eventsOf(rows);
  if (direction !== 'after') events.reverse();
  const floor = Number(first.floor);
  // Logs are dense: what begins behind the first event has more before it.
  const isNewest = direction === 'newest' && events.length > 0;
  const more = isNewest ? (events[0]?.seq ?? floor) > floor : hasMore;
  return { epoch: first.epoch, head: Number(first.head), floor, events, hasMore: more };
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
    ...(row.description === null ? {} : { description: row.description }),
    private: row.private ?? false,
    ...(row.deleted === true ? { deleted: true } : {}),
  };
}

/** The tables beside the log, which each row tells alike. */
export function tablesOf(rows: readonly LoadRow[]): ChannelTables {
  const [row] = rows;
  if (row === undefined) throw new Error('server_instance has no row: the database was not migrated');
  return row.tables;
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

/**
 * The columns of an event `e` but for `found`, behind {@link EXTRAS}. What a page shows of a message beside its data
 * (reactions and so on) is put into that. It is text of an object that has a member, so there is a brace to take away and a
 * comma to put in.
 */
export const EVENT_WITH_EXTRAS = `
  e.seq, e.id, e.type, e.sender, e.client_message_id, e.timestamp,
  case when x.extras is null then e.data::text
    else left(e.data::text, -1) || ',' || substr(x.extras::text, 2)
  end as data`;

export const EXTRAS = `
  left join lateral (
    select message_extras(
      e.log_id, e.seq,
      case when strpos(e.data::text, '"replyTo"') > 0 then e.data ->> 'replyTo' end
    ) as extras
    where e.type = 'message:created'
  ) as x on true`;

const TABLES = `
  json_build_object(
    'settings', coalesce(c.settings, '{}'::json),
    'members', coalesce((
      select json_agg(json_build_object('user', m.user_id, 'name', m.name, 'role', m.role, 'joinedAt', m.joined_at)
        order by m.joined_at, m.user_id)
      from channel_members as m where m.channel_id = c.id), '[]'::json),
    'sanctions', coalesce((
      select json_agg(json_strip_nulls(json_build_object('kind', s.kind, 'user', s.user_id, 'name', s.user_name,
        'by', s.by_id, 'byName', s.by_name, 'reason', s.reason))::jsonb || jsonb_build_object('until', s.until)
        order by s.created_at, s.id)
      from sanctions as s where s.channel_id = c.id and s.ended_at is null
        -- What is over isn't needed; a day more, for clocks that differ.
        and (s.until is null or s.until > (extract(epoch from now()) * 1000)::bigint - 86400000)), '[]'::json),
    'pins', coalesce((
      select json_agg(p.id order by p.pinned_seq) from pins as p where p.log_id = l.id and p.seq >= l.floor), '[]'::json)
  ) as tables`;

/** A log that doesn't exist yet has the database's epoch, or its purged channel's: what its first append will give it. */
function pageSql(comparison: '<' | '>', order: 'asc' | 'desc'): string {
  const near = `
    select * from events where log_id = l.id and seq ${comparison} $2 and seq >= l.floor
    order by seq ${order} limit $3::bigint + 1`;
  return rowsSql(withinBounds(near, order, '$3', '$4'), order);
}

/** The newest events back to the `$3`th message that isn't hidden. Not counted by bytes: all that there are of a log which is that short. */
function messagesSql(more: string): string {
  const scanned = `
    select seq, type = 'message:created' and not is_shadowed(data) as is_counted
    from events where log_id = l.id and seq < $2 and seq >= l.floor order by seq desc limit ${MAX_PAGE_EVENTS}`;
  const first = `
    select min(seq) from (
      select seq from (${scanned}) as scanned where is_counted order by seq desc limit $3
    ) as messages having count(*) = $3`;
  const near = `
    select * from events where log_id = l.id and seq < $2 and seq >= coalesce((${first}), l.floor)
    order by seq desc limit ${MAX_PAGE_EVENTS}`;
  return rowsSql(withinBounds(near, 'desc', `${MAX_PAGE_EVENTS}`, '$4'), 'desc', more);
}

function rowsSql(events: string, order: 'asc' | 'desc', more = ''): string {
  return `
    select c.id as channel_id, c.name as channel_name, c.topic, c.description, c.private,
      c.deleted_at is not null as deleted, coalesce(l.epoch, p.epoch, instance.epoch) as epoch, coalesce(l.head, 0) as head,
      coalesce(l.floor, 1) as floor, ${EVENT_WITH_EXTRAS}, e.found ${more}
    from server_instance as instance
    left join logs as l on l.key = $1
    left join channels as c on starts_with($1, 'channel:') and c.id = substr($1, 9)
    left join purged_channels as p on starts_with($1, 'channel:') and p.channel_id = substr($1, 9)
    left join lateral (${events}) as e on true
    ${EXTRAS}
    order by e.seq ${order}`;
}

const BEFORE = pageSql('<', 'desc');
const AFTER = pageSql('>', 'asc');
const MESSAGES = messagesSql('');
const LOAD = messagesSql(`, ${TABLES}`);
