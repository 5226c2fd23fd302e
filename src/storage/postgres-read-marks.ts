/** {@link ReadMarkStore} in PostgreSQL: see the migrations 0015_marks.sql and 0018_members_follow.sql. */
import { MAX_FOLLOWED_CHANNELS } from '../protocol/limits.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type {
  FollowedChannel,
  MarkedChannel,
  ReadMark,
  ReadMarkStore,
} from '../shard/ports/read-mark-store.ts';
import type { Database } from './database.ts';

/** $1: marks as JSON. */
const MARK = 'select * from mark_read($1)';

const COLUMNS = `
  wanted.nth, c.id, c.private, u.seq, u.head, u.unread, u.mentions,
  exists (select from channel_members as m where m.channel_id = c.id and m.user_id = wanted.reader) as "isMember",
  exists (
    select from sanctions as s
    where s.channel_id = c.id and s.kind in ('ban', 'kick') and s.user_id = wanted.reader and s.ended_at is null
      and (s.until is null or s.until > extract(epoch from now()) * 1000)
  ) as "isOut"`;

/**
 * $1: users, $2: how many channels each. Nothing is counted before it is known which they are: left to itself the planner counts
 * for each user in each channel first.
 */
const FOLLOWED = `
  with wanted as materialized (
    select asked.nth, asked.reader, f.channel
    from unnest($1::text[]) with ordinality as asked (reader, nth)
    cross join lateral followed_channels(asked.reader, $2) as f
  )
  select ${COLUMNS}
  from wanted
  join channels as c on c.id = wanted.channel and c.deleted_at is null
  cross join lateral channel_unread(wanted.reader, c.id) as u
  where u.mentions > 0
    or exists (select from read_marks as m where m.user_id = wanted.reader and m.channel_id = c.id)
    or exists (select from channel_members as m where m.user_id = wanted.reader and m.channel_id = c.id)
  order by wanted.nth, c.id`;

/** $1: users, $2: channels. */
const NAMED = `
  select ${COLUMNS}
  from unnest($1::text[]) with ordinality as wanted (reader, nth)
  cross join channels as c
  cross join lateral channel_unread(wanted.reader, c.id) as u
  where c.id = any ($2::text[]) and c.deleted_at is null
  order by wanted.nth, c.id`;

interface UnreadRow {
  readonly seq: string;
  readonly head: string;
  readonly unread: number;
  readonly mentions: number;
}

interface MarkedRow extends UnreadRow {
  readonly reader: string;
  readonly channel: string;
}

interface FollowedRow extends UnreadRow {
  readonly nth: string;
  readonly id: string;
  readonly private: boolean;
  readonly isMember: boolean;
  readonly isOut: boolean;
}

/** See the head of the file. */
export class PostgresReadMarks implements ReadMarkStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async mark(marks: readonly ReadMark[]): Promise<Result<readonly MarkedChannel[]>> {
    const found = await this.#database.query<MarkedRow>(MARK, [JSON.stringify(marks)]);
    if (!found.ok) return fail(found.failure);
    return ok(found.rows.map((row) => ({ user: row.reader, channelId: row.channel, ...countsOf(row) })));
  }

  async unread(
    users: readonly string[],
    channels?: readonly string[],
  ): Promise<Result<readonly (readonly FollowedChannel[])[]>> {
    const found =
      channels === undefined
        ? await this.#database.query<FollowedRow>(FOLLOWED, [users, MAX_FOLLOWED_CHANNELS])
        : await this.#database.query<FollowedRow>(NAMED, [users, channels]);
    if (!found.ok) return fail(found.failure);
    const lists: FollowedChannel[][] = users.map(() => []);
    for (const row of found.rows) {
      const { id, private: isPrivate, isMember, isOut } = row;
      lists[Number(row.nth) - 1]?.push({ id, ...countsOf(row), private: isPrivate, isMember, isOut });
    }
    return ok(lists);
  }
}

function countsOf({ seq, head, unread, mentions }: UnreadRow) {
  return { seq: Number(seq), head: Number(head), unread, mentions };
}
