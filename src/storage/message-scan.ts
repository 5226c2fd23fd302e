/** Reads the newest messages of channels, oldest first, a few at a time: for jobs with a connection of their own. */
import type pg from 'pg';
import type { DryRunSample } from '../protocol/automod-dry-run.ts';

/** Which messages. */
export interface MessageScan {
  /** Ids of channels, or their beginnings followed by `*`; absent: all. */
  readonly channels?: readonly string[];
  /** The newest so many at most. */
  readonly last: number;
  /** None from before, ms since the epoch. */
  readonly since: number;
}

/** Rows that are read at once. */
const ROWS = 500;

interface MessageRow {
  readonly channel: string;
  readonly seq: string;
  readonly id: string;
  readonly timestamp: string;
  readonly data: {
    readonly content?: string;
    readonly author?: { readonly id: string; readonly name: string };
  };
}

// Ids begin with the time, so the newest of all channels are at the end of their index.
const OF_ALL = `
  select substr(l.key, 9) as channel, e.seq, e.id, e.timestamp, e.data
  from events as e join logs as l on l.id = e.log_id
  where e.id >= $1 and e.timestamp >= $2 and e.type = 'message:created' and l.key like 'channel:%' and e.seq >= l.floor
  order by e.id desc limit $3`;

const OF_CHANNELS = `
  select substr(l.key, 9) as channel, e.seq, e.id, e.timestamp, e.data
  from logs as l cross join lateral (
    select * from events where log_id = l.id and seq >= l.floor and type = 'message:created' and timestamp >= $1 order by seq desc limit $2
  ) as e
  where l.key = any ($3) or l.key like 'channel:%' and exists (
    select from unnest($4::text[]) as start where starts_with(l.key, start)
  )
  order by e.id desc limit $2`;

/** The messages that weren't deleted, in the order of their ids. `client` is in a transaction until the scan has ended. */
export async function* scanMessages(client: pg.Client, scan: MessageScan): AsyncGenerator<DryRunSample> {
  const { text, values } = scanQuery(scan);
  await client.query('begin read only');
  await client.query(
    `declare scan no scroll cursor for select * from (${text}) as newest order by id`,
    values,
  );
  for (;;) {
    const { rows } = await client.query<MessageRow>(`fetch ${ROWS} from scan`);
    for (const { channel, seq, id, timestamp, data } of rows) {
      const { content, author } = data;
      if (content === undefined || author === undefined) continue;
      yield { channelId: channel, seq: Number(seq), id, timestamp: Number(timestamp), content, author };
    }
    if (rows.length < ROWS) break;
  }
  await client.query('commit');
}

function scanQuery({ channels, last, since }: MessageScan): { text: string; values: unknown[] } {
  if (channels === undefined) return { text: OF_ALL, values: [firstId(since), since, last] };
  const keys = channels.map((pattern) => `channel:${pattern}`);
  const beginnings = keys.filter((key) => key.endsWith('*')).map((key) => key.slice(0, -1));
  return { text: OF_CHANNELS, values: [since, last, keys.filter((key) => !key.endsWith('*')), beginnings] };
}

/** What ids of events of that time or later don't stand before (UUID version 7). An id may be up to a day older than its event. */
function firstId(since: number): string {
  const time = Math.max(0, Math.min(since - ONE_DAY_MS, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

const ONE_DAY_MS = 24 * 3600 * 1000;
