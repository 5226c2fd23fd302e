/** The larger statements of {@link PostgresInboxes}, and their rows. */
import type { WhisperPolicy } from '../protocol/whispers.ts';
import type { ConversationState, MarkedWhisper } from '../shard/ports/inbox-store.ts';
import { type EventRow, withinBounds } from './page-query.ts';

/** Columns of a conversation; numbers in JSON, text in rows. */
interface StateRow {
  readonly correspondent: string;
  readonly last_seq: string | number;
  readonly unread: string | number;
  readonly delivered_seq: string | number;
  readonly read_seq: string | number;
  readonly sent_delivered_seq: string | number;
  readonly sent_read_seq: string | number;
}

/** An inbox; see {@link LOAD}. */
export interface LoadedRow {
  readonly owner: string;
  readonly epoch: string;
  readonly head: string;
  readonly conversations: readonly StateRow[];
  readonly blocked: readonly string[];
  readonly policy: WhisperPolicy;
}

/** An event of {@link HISTORY} with the marks of its conversation, null where there is none. */
export interface HistoryRow extends EventRow {
  readonly delivered_seq: string | null;
  readonly read_seq: string | null;
  readonly sent_delivered_seq: string | null;
  readonly sent_read_seq: string | null;
}

/** A conversation of {@link CONVERSATIONS} with its newest event. */
export interface ConversationRow extends EventRow, StateRow {
  readonly name: string;
}

/** What {@link MARK} answers. */
export interface MarkedRow extends StateRow {
  readonly owner: string;
  readonly delivered_id: string | null;
  readonly delivered_sent_seq: string | null;
  readonly read_id: string | null;
  readonly read_sent_seq: string | null;
}

/** $1: owners. A row each, in their order. */
export const LOAD = `
  select o.owner, coalesce(l.epoch, instance.epoch) as epoch, coalesce(l.head, 0) as head,
    coalesce((select json_agg(c) from conversations as c where c.owner = o.owner), '[]') as conversations,
    array(select b.blocked from blocks as b where b.owner = o.owner) as blocked,
    coalesce(s.whisper_policy, 'anyone') as policy
  from unnest($1::text[]) with ordinality as o (owner, nth)
  cross join server_instance as instance
  left join logs as l on l.key = 'inbox:' || o.owner
  left join inbox_settings as s on s.owner = o.owner
  order by o.nth`;

const EVENT =
  'e.seq, e.id, e.type, e.sender, e.client_message_id, e.timestamp, e.data::text as data, e.found';

const NEAR_WHISPERS = `
  select near.* from whispers as w join events as near on near.log_id = w.log_id and near.seq = w.seq
  where w.log_id = l.id and w.correspondent = $2 and w.seq < $5
  order by w.seq desc limit $3::bigint + 1`;

/** $1: owner, $2: correspondent, $3: limit, $4: bytes, $5: before which number. Newest first. */
export const HISTORY = `
  select c.delivered_seq, c.read_seq, c.sent_delivered_seq, c.sent_read_seq, ${EVENT}
  from conversations as c
  join logs as l on l.key = 'inbox:' || c.owner
  left join lateral (${withinBounds(NEAR_WHISPERS, 'desc', '$3', '$4')}) as e on true
  where c.owner = $1 and c.correspondent = $2
  order by e.seq desc`;

const NEAR_CONVERSATIONS = `
  select near.*, c.owner, c.correspondent, c.last_seq, c.unread, c.delivered_seq, c.read_seq, c.sent_delivered_seq,
    c.sent_read_seq
  from logs as l
  cross join lateral (
    select * from conversations where owner = $1 order by last_seq desc limit $2::bigint + 1
  ) as c
  join events as near on near.log_id = l.id and near.seq = c.last_seq
  where l.key = 'inbox:' || $1`;

/** $1: owner, $2: limit, $3: bytes. Newest first. */
export const CONVERSATIONS = `
  select e.correspondent, e.last_seq, e.unread, e.delivered_seq, e.read_seq, e.sent_delivered_seq, e.sent_read_seq,
    coalesce(
      n.name, e.data -> case when e.sender = e.owner then 'to' else 'from' end ->> 'name', e.correspondent
    ) as name, ${EVENT}
  from (${withinBounds(NEAR_CONVERSATIONS, 'desc', '$2', '$3')}) as e
  left join names as n on n.user_id = e.correspondent
  order by e.seq desc`;

/** $1: marks as JSON. */
export const MARK = 'select * from mark_whispers($1)';

/** The conversation that `row` tells of. */
export function stateOf(row: StateRow): ConversationState {
  return {
    correspondent: row.correspondent,
    lastSeq: Number(row.last_seq),
    unread: Number(row.unread),
    delivered: Number(row.delivered_seq),
    read: Number(row.read_seq),
    sentDelivered: Number(row.sent_delivered_seq),
    sentRead: Number(row.sent_read_seq),
  };
}

/** A whisper that a mark has come to; null when there is none. */
export function markedWhisper(id: string | null, sentSeq: string | null): MarkedWhisper | null {
  return id === null || sentSeq === null ? null : { id, sentSeq: Number(sentSeq) };
}
