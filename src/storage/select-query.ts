/** Reads certain events of a log, and what a message said before, each in one statement. */
import type { LogPage, LogSelection, MessageVersions, VersionRange } from '../shard/ports/channel-log.ts';
import {
  END,
  EVENT_WITH_EXTRAS,
  EXTRAS,
  type LogRow,
  pageOf,
  type PageQuery,
  withinBounds,
} from './page-query.ts';
import { versionsWithin } from './version-page.ts';

/** An earlier text, null where there is none; the message is there when there is a row. */
export interface VersionRow {
  readonly version: number | null;
  readonly content: string;
  readonly replaced_at: string;
}

const EVENT_BY_ID = 'select * from events where events.log_id = l.id and events.seq >= l.floor and events.id';

function selectSql(events: string, more = ''): string {
  return `
    select coalesce(l.epoch, instance.epoch) as epoch, coalesce(l.head, 0) as head,
      coalesce(l.floor, 1) as floor, ${EVENT_WITH_EXTRAS}, e.found
    from server_instance as instance
    left join logs as l on l.key = $1
    ${more}
    left join lateral (${events}) as e on true
    ${EXTRAS}
    order by e.seq desc`;
}

const ONE = selectSql(`select one.*, 1 as found from (${EVENT_BY_ID} = $2) as one`);
const SOME = selectSql(`select those.*, 0 as found from (${EVENT_BY_ID} = any ($2::text[])) as those`);

const NEAR_REPLIES = `
  select near.* from replies as r join events as near on near.log_id = r.log_id and near.seq = r.seq
  where r.log_id = l.id and r.root = root.seq and r.seq < $3 and r.seq >= l.floor
  order by r.seq desc limit $4::bigint + 1`;

// The root is below all of its replies, so it is the last row and `found` of the first one is that of the replies.
const THREAD = selectSql(
  `${withinBounds(NEAR_REPLIES, 'desc', '$4', '$5')}
   union all
   select own.*, 0, 0, 0 from events as own where own.log_id = l.id and own.seq = root.seq and own.seq >= l.floor`,
  `left join lateral (
     select coalesce((select r.root from replies as r where r.log_id = l.id and r.seq = named.seq and r.root >= l.floor), named.seq) as seq
     from (${EVENT_BY_ID} = $2) as named where named.type = 'message:created'
   ) as root on true`,
);

const SENT = selectSql(
  'select near.*, 0 as found from messages_sent(l.id, $2, $3, $4, $5, $6) as near where near.seq >= l.floor',
);

const VERSIONS = `
  select v.version, v.content, v.replaced_at
  from logs as l
  join events as m on m.log_id = l.id and m.id = $2 and m.type = 'message:created' and m.seq >= l.floor
  left join lateral (
    select * from message_versions as near
    where near.log_id = l.id and near.seq = m.seq and near.version < $3::bigint
    order by near.version desc limit $4::bigint + 1
  ) as v on true
  where l.key = $1
  order by v.version desc`;

/** The statement for the event `id` of the log `key`. */
export function findQuery(key: string, id: string): PageQuery {
  return { name: 'log-find', text: ONE, values: [key, id] };
}

/** The statement for `selection` of the log `key`. */
export function selectQuery(key: string, selection: LogSelection): PageQuery {
  if (selection.kind === 'events') return { name: 'log-events', text: SOME, values: [key, selection.ids] };
  if (selection.kind === 'sent') {
    const { sender, since, until, before = END, limit } = selection;
    return { name: 'log-sent', text: SENT, values: [key, sender, since, until, before, limit] };
  }
  const { id, before = END, limit, maxBytes } = selection;
  return { name: 'log-thread', text: THREAD, values: [key, id, before, limit, maxBytes] };
}

/** What `rows` tell of `selection`. */
export function selectedOf(rows: readonly LogRow[], selection: LogSelection): LogPage {
  const page = pageOf(rows, 'newest');
  if (selection.kind === 'sent') return { ...page, hasMore: page.events.length === selection.limit };
  const replies = page.events.length - 1;
  return { ...page, hasMore: selection.kind === 'thread' && Number(rows[0]?.found) > Math.max(0, replies) };
}

/** The statement for earlier texts of the message `id` of the log `key`, the newest first. */
export function versionsQuery(key: string, id: string, { before, limit }: VersionRange): PageQuery {
  return { name: 'log-versions', text: VERSIONS, values: [key, id, before ?? END, limit] };
}

/** What `rows` tell of a message; null: it isn't in the log. */
export function versionsOf(rows: readonly VersionRow[], range: VersionRange): MessageVersions | null {
  if (rows.length === 0) return null;
  const found = rows.filter(({ version }) => version !== null);
  return versionsWithin(
    found.map(({ version, content, replaced_at }) => {
      return { version: Number(version), content, replacedAt: Number(replaced_at) };
    }),
    range,
  );
}
