/**
 * Everything about one user that is theirs to know: who they are, what they wrote and were written, where they belong,
 * what was decided against them. What staff note of them isn't in it, nor a shadow ban: who is told of one has none.
 */
import type pg from 'pg';
import { EXPORT_VERSION, type ExportRecord } from './export-record.ts';
import { channelLogs, windowsOf } from './log-windows.ts';
import { messageRecord, type MessageRow } from './message-records.ts';

/** Rows of one page. */
const PAGE = 500;

/**
 * Lists by kind: rows of the user `$1` whose key is above `$2`, at most `$3`, as `key` and `record`.
 */
const LISTS: readonly { readonly kind: string; readonly sql: string }[] = [
  {
    kind: 'account',
    sql: `select id as key, json_build_object('id', id, 'name', name, 'email', email, 'avatar', avatar, 'roles', roles,
        'timestamp', created_at) as record
      from accounts where id = $1 and id > $2 limit $3`,
  },
  {
    kind: 'profile',
    sql: `select id as key, json_build_object('id', id, 'name', name, 'avatar', avatar, 'roles', roles, 'issuer', issuer,
        'subject', subject, 'client_id', client_id, 'timestamp', first_seen_at, 'last_seen_at', last_seen_at) as record
      from users where id = $1 and id > $2 limit $3`,
  },
  {
    kind: 'name',
    sql: `select user_id as key, json_build_object('id', user_id, 'name', name, 'guest', guest,
        'timestamp', claimed_at) as record
      from names where user_id = $1 and user_id > $2 limit $3`,
  },
  {
    kind: 'whisper_policy',
    sql: `select owner as key, json_build_object('whisper_policy', whisper_policy) as record
      from inbox_settings where owner = $1 and owner > $2 limit $3`,
  },
  {
    kind: 'block',
    sql: `select blocked as key, json_build_object('id', blocked, 'timestamp', blocked_at) as record
      from blocks where owner = $1 and blocked > $2 order by blocked limit $3`,
  },
  {
    kind: 'membership',
    sql: `select channel_id as key, json_build_object('channel_id', channel_id, 'role', role, 'name', name,
        'timestamp', joined_at) as record
      from channel_members where user_id = $1 and channel_id > $2 order by channel_id limit $3`,
  },
  {
    kind: 'read_mark',
    sql: `select channel_id as key, json_build_object('channel_id', channel_id, 'seq', seq, 'timestamp', marked_at) as record
      from read_marks where user_id = $1 and channel_id > $2 order by channel_id limit $3`,
  },
  {
    kind: 'sanction',
    sql: `select id as key, json_build_object('id', id, 'sanction', kind, 'channel_id', channel_id, 'reason', reason,
        'by_name', by_name, 'timestamp', created_at, 'until', until, 'ended_at', ended_at) as record
      from sanctions where user_id = $1 and id > $2 and kind <> 'shadow' order by id limit $3`,
  },
  {
    kind: 'session',
    sql: `select s.key, json_build_object('timestamp', s.started_at, 'ended_at', s.ended_at, 'close_code', s.close_code,
        'client_id', s.client_id) as record
      from (
        select *, lpad(started_at::text, 16, '0') || '/' || lpad(writer::text, 12, '0') || '/'
          || lpad(connection::text, 20, '0') collate "C" as key
        from sessions where user_id = $1
      ) as s where s.key > $2 order by s.key limit $3`,
  },
  {
    kind: 'held_message',
    sql: `select id as key, json_build_object('id', id, 'channel_id', channel_id, 'timestamp', held_at,
        'content', message ->> 'content') as record
      from held_messages where author_id = $1 and id > $2 and message is not null order by id limit $3`,
  },
  {
    kind: 'report',
    sql: `select id as key, json_build_object('id', id, 'channel_id', channel_id, 'message_id', message_id,
        'timestamp', created_at, 'content', reason, 'outcome', outcome) as record
      from reports where reporter_id = $1 and id > $2 order by id limit $3`,
  },
];

const WRITTEN = `
  select e.seq, e.id, e.timestamp, e.client_message_id, e.data, null as reactions, (
    select json_agg(json_build_object('version', v.version, 'content', v.content, 'replaced_at', v.replaced_at)
      order by v.version)
    from message_versions as v where v.log_id = e.log_id and v.seq = e.seq
  ) as versions
  from events as e
  where e.log_id = $1 and e.seq > $2 and e.seq <= $3 and e.sender = $4 and e.type = 'message:created'
  order by e.seq`;

// The event that added it says when; it may lie outside of the stretch.
const REACTED = `
  select json_build_object('seq', r.seq, 'emoji', r.emoji, 'message_id', m.id,
    'timestamp', (select e.timestamp from events as e where e.id = r.event_id)) as record
  from reactions as r join events as m on m.log_id = r.log_id and m.seq = r.seq
  where r.log_id = $1 and r.seq > $2 and r.seq <= $3 and r.user_id = $4
  order by r.seq, r.place`;

const RECEIVED = `
  select e.seq, e.id, e.timestamp, e.type, e.data from events as e
  where e.log_id = $1 and e.seq > $2 and e.seq <= $3 and e.type in ('whisper:created', 'mention:created')
  order by e.seq`;

interface InboxRow {
  readonly seq: string;
  readonly id: string;
  readonly timestamp: string;
  readonly type: string;
  readonly data: { readonly content?: string; readonly deleted?: boolean; readonly [field: string]: unknown };
}

/** A first line that says what this is, then everything, kind by kind. `at` is ms since the epoch. */
export async function* userRecords(
  client: pg.Client,
  userId: string,
  at: number,
): AsyncGenerator<ExportRecord> {
  yield { kind: 'export', version: EXPORT_VERSION, of: 'user', timestamp: at, user_id: userId };
  for (const { kind, sql } of LISTS) yield* listed(client, kind, sql, userId);
  yield* inboxOf(client, userId);
  yield* inChannels(client, userId);
}

async function* listed(
  client: pg.Client,
  kind: string,
  sql: string,
  userId: string,
): AsyncGenerator<ExportRecord> {
  let last = '';
  for (;;) {
    const { rows } = await client.query<{ key: string; record: object }>(sql, [userId, last, PAGE]);
    for (const { record } of rows) yield { ...record, kind };
    const newest = rows.at(-1);
    if (newest === undefined || rows.length < PAGE) return;
    last = newest.key;
  }
}

/** Their own copies of whispers, sent and received, and their mentions. */
async function* inboxOf(client: pg.Client, userId: string): AsyncGenerator<ExportRecord> {
  const { rows: logs } = await client.query<{ id: string }>('select id from logs where key = $1', [
    `inbox:${userId}`,
  ]);
  for (const { id: logId } of logs) {
    for await (const { after, upTo } of windowsOf(client, logId)) {
      const { rows } = await client.query<InboxRow>(RECEIVED, [logId, after, upTo]);
      for (const { seq, id, timestamp, type, data } of rows) {
        if (data.deleted === true) continue;
        const kind = type === 'whisper:created' ? 'whisper' : 'mention';
        yield { ...data, kind, id, seq: Number(seq), timestamp: Number(timestamp) };
      }
    }
  }
}

async function* inChannels(client: pg.Client, userId: string): AsyncGenerator<ExportRecord> {
  for await (const { id: logId, channelId } of channelLogs(client, { deleted: true })) {
    for await (const { after, upTo } of windowsOf(client, logId)) {
      const values = [logId, after, upTo, userId];
      const written = await client.query<MessageRow & { versions: unknown }>(WRITTEN, values);
      for (const row of written.rows) {
        const record = messageRecord(channelId, row);
        if (record !== null) yield { ...record, versions: row.versions };
      }
      const reacted = await client.query<{ record: object }>(REACTED, values);
      for (const { record } of reacted.rows) yield { ...record, kind: 'reaction', channel_id: channelId };
    }
  }
}
