/** {@link HeldStore} in PostgreSQL. */
import type { AuditAct } from '../protocol/audit-act.ts';
import { MAX_HELD_MESSAGES } from '../protocol/limits.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { HeldMessage, HeldPage, HeldStore, HoldOutcome } from '../shard/ports/held-store.ts';
import { auditCall } from './audit-call.ts';
import type { Database } from './database.ts';

/** What was rejected is known for so long, ms. */
const REMEMBERED_MS = 7 * 24 * 3600 * 1000;

interface HeldRow {
  readonly id: string;
  readonly channel_id: string;
  readonly author_id: string;
  readonly client_message_id: string | null;
  readonly author_name: string;
  readonly data: string;
  readonly reason: string;
  readonly held_at: string;
}

const COLUMNS = `id, channel_id, author_id, client_message_id, message -> 'author' ->> 'name' as author_name,
  message::text as data, reason, held_at`;

const SENT = `
  select e.id, e.seq from events as e join logs as l on l.id = e.log_id
  where l.key = 'channel:' || $1 and e.sender = $2 and e.client_message_id = $3`;

// The first by the index of clientMessageIds; of messages without one only the newest stretch is looked through, so
// that a newcomer of a long log doesn't cost a look at all of it.
const HAS_SPOKEN = `
  select exists (
    select from events as e where e.log_id = l.id and e.sender = $2 and e.client_message_id is not null
  ) or exists (
    select from events as e where e.log_id = l.id and e.seq > l.head - 10000 and e.sender = $2 and e.type = 'message:created'
  ) as spoken
  from logs as l where l.key = 'channel:' || $1`;

const HOLD = `
  with tidied as (
    delete from held_messages where id in
      (select id from held_messages where rejected_at < $8::bigint order by rejected_at limit 100 for update skip locked)
  ),
  known as (
    select id, rejected_at from held_messages
    where channel_id = $2 and author_id = $3 and client_message_id = $4 or id = $1
  ),
  waiting as (select count(*) as count from held_messages where author_id = $3 and rejected_at is null),
  held as (
    insert into held_messages (id, channel_id, author_id, client_message_id, message, reason, held_at)
    select $1, $2, $3, $4, $5::json, $6, $7::bigint from waiting
    where not exists (select from known) and count < $9::integer
    on conflict do nothing
    returning id
  )
  select (select id from held) as held, known.id as known, known.rejected_at, waiting.count
  from waiting left join known on true`;

const REJECT = `
  with waiting as (
    select ${COLUMNS} from held_messages where channel_id = $1 and id = $2 and rejected_at is null for update
  ),
  rejected as (
    update held_messages as h set rejected_at = $3::bigint, message = null from waiting where h.id = waiting.id
    returning h.id
  )`;

/** Messages as the JSON that they will have. */
export class PostgresHeld implements HeldStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async sent(
    channelId: string,
    author: string,
    clientMessageId: string,
  ): Promise<Result<{ readonly id: string; readonly seq: number } | null>> {
    const values = [channelId, author, clientMessageId];
    const found = await this.#database.query<{ id: string; seq: string }>(SENT, values);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : { id: row.id, seq: Number(row.seq) });
  }

  async hasSpoken(channelId: string, author: string): Promise<Result<boolean>> {
    const found = await this.#database.query<{ spoken: boolean }>(HAS_SPOKEN, [channelId, author]);
    return found.ok ? ok(found.rows[0]?.spoken ?? false) : fail(found.failure);
  }

  async hold(message: HeldMessage): Promise<Result<HoldOutcome>> {
    const { id, channelId, author, clientMessageId = null, data, reason, at } = message;
    const held = await this.#database.query<{
      readonly held: string | null;
      readonly known: string | null;
      readonly rejected_at: string | null;
      readonly count: string;
    }>(HOLD, [
      ...[id, channelId, author.id, clientMessageId, data, reason, at],
      ...[at - REMEMBERED_MS, MAX_HELD_MESSAGES],
    ]);
    if (!held.ok) return fail(held.failure);
    const [row] = held.rows;
    if (row === undefined) throw new Error('a statement that always gives a row gave none');
    if (row.held !== null) return ok({ kind: 'held', id, duplicate: false });
    if (row.known !== null && row.rejected_at !== null) return ok({ kind: 'rejected' });
    if (row.known !== null) return ok({ kind: 'held', id: row.known, duplicate: true });
    if (Number(row.count) >= MAX_HELD_MESSAGES) return ok({ kind: 'full' });
    // Another server held its twin between this statement's look and its insert: the next look finds it.
    return this.hold(message);
  }

  async list(channelId: string, after: string | null, limit: number): Promise<Result<HeldPage>> {
    const found = await this.#database.query<HeldRow>(
      `select ${COLUMNS} from held_messages
       where channel_id = $1 and rejected_at is null and ($2::text is null or id > $2) order by id limit $3`,
      [channelId, after, limit + 1],
    );
    if (!found.ok) return fail(found.failure);
    return ok({ items: found.rows.slice(0, limit).map(heldOf), hasMore: found.rows.length > limit });
  }

  async find(channelId: string, id: string): Promise<Result<HeldMessage | null>> {
    const found = await this.#database.query<HeldRow>(
      `select ${COLUMNS} from held_messages where channel_id = $1 and id = $2 and rejected_at is null`,
      [channelId, id],
    );
    return found.ok ? ok(messageOf(found.rows)) : fail(found.failure);
  }

  async release(channelId: string, id: string, act: AuditAct): Promise<Result<void>> {
    const kept = auditCall(act, 3);
    const released = await this.#database.query(
      `with released as (
         delete from held_messages where channel_id = $1 and id = $2 and rejected_at is null returning id
       )
       select ${kept.sql} from released`,
      [channelId, id, ...kept.values],
    );
    return released.ok ? ok(undefined) : fail(released.failure);
  }

  async reject(channelId: string, id: string, act: AuditAct): Promise<Result<HeldMessage | null>> {
    const kept = auditCall(act, 4);
    const rejected = await this.#database.query<HeldRow>(
      `${REJECT} select waiting.*, ${kept.sql} from waiting join rejected on rejected.id = waiting.id`,
      [channelId, id, act.at, ...kept.values],
    );
    return rejected.ok ? ok(messageOf(rejected.rows)) : fail(rejected.failure);
  }
}

function messageOf([row]: readonly HeldRow[]): HeldMessage | null {
  return row === undefined ? null : heldOf(row);
}

function heldOf(row: HeldRow): HeldMessage {
  return {
    id: row.id,
    channelId: row.channel_id,
    author: { id: row.author_id, name: row.author_name },
    ...(row.client_message_id === null ? {} : { clientMessageId: row.client_message_id }),
    data: row.data,
    reason: row.reason,
    at: Number(row.held_at),
  };
}
