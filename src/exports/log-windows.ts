/** Walks over logs of channels and their events a stretch of numbers at a time, so that no statement takes long. */
import type pg from 'pg';

/** Numbers of one stretch. */
const WINDOW = 1_000;
/** Logs that are listed at once. */
const LOGS = 500;

/** A channel's log. */
export interface ExportedLog {
  readonly id: string;
  readonly channelId: string;
}

/** Numbers above `after`, up to `upTo`. */
export interface Window {
  readonly after: number;
  readonly upTo: number;
}

interface LogRow {
  readonly id: string;
  readonly channel: string;
}

// Of a deleted channel the key begins with `deleted:/`, of one that is being purged otherwise.
const LIST = `
  select id, case when starts_with(key, 'channel:') then substr(key, 9) else substr(key, 10) end as channel
  from logs
  where id > $1 and (starts_with(key, 'channel:') or $3 and starts_with(key, 'deleted:/'))
    and ($4::text[] is null or substr(key, 9) = any ($4))
  order by id limit $2`;

/** Logs of channels: of those with these ids, or all; with `deleted` also of such as could be restored. */
export async function* channelLogs(
  client: pg.Client,
  { ids, deleted = false }: { readonly ids?: readonly string[]; readonly deleted?: boolean },
): AsyncGenerator<ExportedLog> {
  let last = '0';
  for (;;) {
    const { rows } = await client.query<LogRow>(LIST, [last, LOGS, deleted, ids ?? null]);
    for (const { id, channel } of rows) yield { id, channelId: channel };
    const newest = rows.at(-1);
    if (newest === undefined || rows.length < LOGS) return;
    last = newest.id;
  }
}

/** The stretches of a log, from its floor to its head as they are when asked. */
export async function* windowsOf(client: pg.Client, logId: string): AsyncGenerator<Window> {
  const { rows } = await client.query<{ first: string | null; head: string }>(
    `select (select e.seq from events as e where e.log_id = l.id and e.seq >= l.floor order by e.seq limit 1) as first, l.head
     from logs as l where l.id = $1`,
    [logId],
  );
  const [log] = rows;
  if (log === undefined || log.first === null) return;
  const head = Number(log.head);
  for (let after = Number(log.first) - 1; after < head; after += WINDOW) {
    yield { after, upTo: Math.min(head, after + WINDOW) };
  }
}
