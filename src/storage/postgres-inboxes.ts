/** {@link InboxStore} in PostgreSQL. */
import type { UserRef } from '../protocol/entities.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { WhisperPolicy } from '../protocol/whispers.ts';
import { sentCopyId } from '../protocol/whispers.ts';
import type {
  ConversationList,
  InboxMark,
  InboxOwner,
  InboxStore,
  LoadedInbox,
  MarkedConversation,
  PersonKey,
  TargetPerson,
  WhisperPage,
  WhisperPlace,
  WhisperRange,
} from '../shard/ports/inbox-store.ts';
import type { Database } from './database.ts';
import { findPersonBy, findTarget } from './find-person.ts';
import {
  type ConversationRow,
  CONVERSATIONS,
  type HistoryRow,
  HISTORY,
  LOAD,
  type LoadedRow,
  MARK,
  type MarkedRow,
  markedWhisper,
  stateOf,
} from './inbox-queries.ts';
import { END, eventOf, eventsOf } from './page-query.ts';

const FIND = `
  select e.seq, e.sender = $1 as sent, e.data::text as data,
    case when e.sender = $1 then e.data -> 'to' ->> 'id' else e.sender end as correspondent
  from events as e join logs as l on l.id = e.log_id
  where e.id in ($2, $3) and l.key = 'inbox:' || $1 and e.type = 'whisper:created'`;

const BLOCK = `
  insert into blocks (owner, blocked, blocked_at) values ($1, $2, $3) on conflict (owner, blocked) do nothing`;

const UNBLOCK = 'delete from blocks where owner = $1 and blocked = $2';

const BLOCKERS = 'select owner from blocks where blocked = $1 and owner = any ($2::text[])';

const BLOCKS = `
  select b.blocked as id, coalesce(n.name, b.blocked) as name
  from blocks as b left join names as n on n.user_id = b.blocked
  where b.owner = $1 order by b.blocked_at, b.blocked`;

const SET_POLICY = `
  insert into inbox_settings (owner, whisper_policy) values ($1, $2)
  on conflict (owner) do update set whisper_policy = excluded.whisper_policy`;

const HEADS = `
  select coalesce(l.head, 0) as head
  from unnest($1::text[]) with ordinality as o (owner, nth) left join logs as l on l.key = 'inbox:' || o.owner
  order by o.nth`;

const FIND_NAMES = 'select key, user_id as id, name from names where key = any ($1::text[])';

/** What {@link FIND} answers. */
interface PlaceRow extends Omit<WhisperPlace, 'seq'> {
  readonly seq: string;
}

/** What is kept of inboxes beside their logs. */
export class PostgresInboxes implements InboxStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(owners: readonly string[]): Promise<Result<readonly LoadedInbox[]>> {
    const found = await this.#database.query<LoadedRow>(LOAD, [owners]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map(({ owner, epoch, head, conversations, blocked, policy }) => ({
        ...{ owner, epoch, head: Number(head), blocked, policy },
        conversations: conversations.map(stateOf),
      })),
    );
  }

  async history(owner: string, correspondent: string, range: WhisperRange): Promise<Result<WhisperPage>> {
    const found = await this.#database.query<HistoryRow>(HISTORY, [
      ...[owner, correspondent, range.limit, range.maxBytes, range.beforeSeq ?? END],
    ]);
    if (!found.ok) return fail(found.failure);
    const { events, hasMore } = eventsOf(found.rows);
    const [row] = found.rows;
    const marks = {
      delivered: Number(row?.delivered_seq ?? 0),
      read: Number(row?.read_seq ?? 0),
      sentDelivered: Number(row?.sent_delivered_seq ?? 0),
      sentRead: Number(row?.sent_read_seq ?? 0),
    };
    return ok({ events: events.reverse(), hasMore, marks });
  }

  async conversations(owner: string, limit: number, maxBytes: number): Promise<Result<ConversationList>> {
    const found = await this.#database.query<ConversationRow>(CONVERSATIONS, [owner, limit, maxBytes]);
    if (!found.ok) return fail(found.failure);
    const items = found.rows.map((row) => ({
      with: { id: row.correspondent, name: row.name },
      last: eventOf(row),
      state: stateOf(row),
    }));
    return ok({ items, hasMore: items.length > 0 && Number(found.rows[0]?.found) > items.length });
  }

  async find(owner: string, id: string): Promise<Result<WhisperPlace | null>> {
    const found = await this.#database.query<PlaceRow>(FIND, [owner, id, sentCopyId(id)]);
    if (!found.ok) return fail(found.failure);
    const [row] = found.rows;
    return ok(row === undefined ? null : { ...row, seq: Number(row.seq) });
  }

  async mark(marks: readonly InboxMark[]): Promise<Result<readonly MarkedConversation[]>> {
    const found = await this.#database.query<MarkedRow>(MARK, [JSON.stringify(marks)]);
    if (!found.ok) return fail(found.failure);
    return ok(
      found.rows.map((row) => ({
        owner: row.owner,
        state: stateOf(row),
        deliveredWhisper: markedWhisper(row.delivered_id, row.delivered_sent_seq),
        readWhisper: markedWhisper(row.read_id, row.read_sent_seq),
      })),
    );
  }

  async block(owner: string, blocked: string, at: number): Promise<Result<void>> {
    return this.#write(BLOCK, [owner, blocked, at]);
  }

  async unblock(owner: string, blocked: string): Promise<Result<void>> {
    return this.#write(UNBLOCK, [owner, blocked]);
  }

  async blocks(owner: string): Promise<Result<readonly UserRef[]>> {
    const found = await this.#database.query<{ id: string; name: string }>(BLOCKS, [owner]);
    return found.ok ? ok(found.rows) : fail(found.failure);
  }

  async setPolicy(owner: string, policy: WhisperPolicy): Promise<Result<void>> {
    return this.#write(SET_POLICY, [owner, policy]);
  }

  async heads(owners: readonly string[]): Promise<Result<readonly number[]>> {
    const found = await this.#database.query<{ head: string }>(HEADS, [owners]);
    return found.ok ? ok(found.rows.map(({ head }) => Number(head))) : fail(found.failure);
  }

  async findNames(keys: readonly string[]): Promise<Result<readonly (UserRef & { readonly key: string })[]>> {
    const found = await this.#database.query<UserRef & { key: string }>(FIND_NAMES, [keys]);
    return found.ok ? ok(found.rows) : fail(found.failure);
  }

  async findPerson(key: PersonKey): Promise<Result<InboxOwner | null>> {
    const found = await findPersonBy(this.#database, key);
    if (!found.ok) return found;
    if (found.value === null) return ok(null);
    const { id, name, kind } = found.value;
    return ok({ id, name, guest: kind === 'guest' });
  }

  async #write(text: string, values: readonly unknown[]): Promise<Result<void>> {
    const written = await this.#database.query(text, values);
    return written.ok ? ok(undefined) : fail(written.failure);
  }

  async findTarget(key: PersonKey): Promise<Result<TargetPerson | null>> {
    const found = await findTarget(this.#database, key);
    if (!found.ok || found.value === null) return found;
    const { id, name, roles } = found.value;
    return ok({ id, name, roles });
  }

  async blockers(user: string, owners: readonly string[]): Promise<Result<readonly string[]>> {
    const found = await this.#database.query<{ owner: string }>(BLOCKERS, [user, owners]);
    return found.ok ? ok(found.rows.map(({ owner }) => owner)) : fail(found.failure);
  }
}
