/**
 * Edits and deletions of messages. The message is in the ring or looked for in the log, and who may is decided by who wrote
 * it there. Whether it can still be changed is decided by the log when the change is committed (docs/adr/0019).
 */
import { refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import { decide } from '../protocol/decide.ts';
import { failure } from '../protocol/errors.ts';
import { begin } from './log-events.ts';
import { type Mentioned, mentionedIn, NOBODY_MENTIONED, withMentionEntries } from './mention-entries.ts';
import { changeEntry, NO_MESSAGE } from './message-change.ts';
import { type FoundEvent, search } from './searches.ts';
import { isShadowed, readerOf } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** An edit or a deletion that waits for its message. */
export interface PendingChange {
  /** Null: the message is to be deleted. */
  readonly content: string | null;
  /** Whom the new text mentions; absent: nobody. */
  readonly mentioned?: Mentioned;
  readonly from: Principal;
  readonly waiter: Waiter;
}

/** A valid edit or deletion of the message `id`: appended at once, or when that was found. */
export function change(state: ChannelState, id: string, pending: PendingChange, ctx: Context): Effects {
  const { waiter } = pending;
  const then = (found: FoundEvent | null, now: Context): Effects => changeFound(state, found, pending, now);
  return search(state, id, { waiter, reader: readerOf(state, pending.from, ctx.now), then }, ctx);
}

function changeFound(
  state: ChannelState,
  found: FoundEvent | null,
  { content, mentioned = NOBODY_MENTIONED, from, waiter }: PendingChange,
  ctx: Context,
): Effects {
  const isEdit = content !== null;
  if (found?.type !== 'message:created' || (isEdit && 'deleted' in found.data)) {
    return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
  }
  if (found.sender !== from.id && (isEdit || decide(from, 'message:remove', state, ctx) !== null)) {
    return refuse(waiter, state.id, ctx.now, failure('forbidden', "this message is somebody else's"));
  }
  const by = { id: from.id, name: from.name };
  const message = found.data;
  const isHidden = isEdit && isShadowed(state, from, ctx.now);
  const change = { id: ctx.newId(), message, content, mentioned, by, isHidden, timestamp: ctx.now };
  const { id, author } = message;
  const news = { id, author, mentioned, before: mentionedIn(message) };
  return begin(state, withMentionEntries(state, changeEntry(state.log, change), news), waiter);
}
