/** Messages of channels, as they are now, in the order of their logs. Those that were deleted are left out. */
import type pg from 'pg';
import { EXPORT_VERSION, type ExportRecord } from './export-record.ts';
import { ExportRefusal } from './export-refusal.ts';
import { channelLogs, windowsOf } from './log-windows.ts';

/** Which ones. */
export interface MessageSelection {
  /** Absent: those of all channels that aren't deleted. */
  readonly channelIds?: readonly string[];
  /** ms since the epoch; from `from` on, and before `to`. */
  readonly from?: number;
  readonly to?: number;
}

/** A message as it stands in the log. */
export interface MessageRow {
  readonly seq: string;
  readonly id: string;
  readonly timestamp: string;
  readonly client_message_id: string | null;
  readonly data: StoredMessage;
  readonly reactions: unknown;
}

interface StoredMessage {
  readonly content?: string;
  readonly author?: { readonly id: string; readonly name: string };
  readonly replyTo?: string;
  readonly root?: string;
  readonly meta?: object;
  readonly style?: string;
  readonly editedAt?: number;
  readonly mentions?: readonly object[];
  readonly here?: true;
  readonly shadow?: string;
}

const MESSAGES = `
  select e.seq, e.id, e.timestamp, e.client_message_id, e.data, (
    select json_agg(json_build_object('emoji', r.emoji, 'users', r.users) order by r.place)
    from (
      select emoji, json_agg(user_id order by place) as users, min(emoji_place) as place
      from reactions where log_id = e.log_id and reactions.seq = e.seq and not hidden group by emoji
    ) as r
  ) as reactions
  from events as e
  where e.log_id = $1 and e.seq > $2 and e.seq <= $3 and e.type = 'message:created'
    and ($4::bigint is null or e.timestamp >= $4) and ($5::bigint is null or e.timestamp < $5)
  order by e.seq`;

const CHANNEL = `
  select 'channel' as kind, id as channel_id, name, topic, description, private, created_at::float8 as timestamp
  from channels where id = $1`;

// A channel in which nobody wrote yet has no log.
const UNKNOWN = `
  select wanted.id from unnest($1::text[]) as wanted (id)
  where not exists (select from logs where key = 'channel:' || wanted.id)
    and not exists (select from channels as c where c.id = wanted.id and c.deleted_at is null)
  limit 1`;

/**
 * A first line that says what this is, then each channel with its messages; an {@link ExportRefusal} where one is named that
 * there isn't. `at` is ms since the epoch.
 */
export async function* messageRecords(
  client: pg.Client,
  { channelIds, from, to }: MessageSelection,
  at: number,
): AsyncGenerator<ExportRecord> {
  if (channelIds !== undefined) {
    const { rows } = await client.query<{ id: string }>(UNKNOWN, [channelIds]);
    const [unknown] = rows;
    if (unknown !== undefined) throw new ExportRefusal(`There is no channel ${unknown.id}.`);
  }
  yield { kind: 'export', version: EXPORT_VERSION, of: 'messages', timestamp: at, from, to };
  for await (const log of channelLogs(client, channelIds === undefined ? {} : { ids: channelIds })) {
    const channel = await client.query<ExportRecord>(CHANNEL, [log.channelId]);
    yield* channel.rows;
    for await (const { after, upTo } of windowsOf(client, log.id)) {
      const values = [log.id, after, upTo, from ?? null, to ?? null];
      const { rows } = await client.query<MessageRow>(MESSAGES, values);
      for (const row of rows) {
        const record = messageRecord(log.channelId, row);
        if (record === null) continue;
        yield { ...record, hidden: row.data.shadow === undefined ? undefined : true };
      }
    }
  }
}

/** Null of a message that was deleted. Whether it is hidden from others isn't told. */
export function messageRecord(channelId: string, row: MessageRow): ExportRecord | null {
  const { content, author, replyTo, root, meta, style, mentions, here, editedAt } = row.data;
  if (content === undefined || author === undefined) return null;
  return {
    ...{ kind: 'message', channel_id: channelId, seq: Number(row.seq), id: row.id },
    ...{ timestamp: Number(row.timestamp), author_id: author.id, author_name: author.name, content },
    ...{
      edited_at: editedAt,
      reply_to: replyTo,
      root,
      meta,
      style,
      mentions,
      here,
      reactions: row.reactions,
    },
    client_message_id: row.client_message_id,
  };
}
