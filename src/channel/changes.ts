/**
 * Edits and deletions of messages. The message is in the ring or looked for in the log, and who may is decided by who wrote
 * it there. Whether it can still be changed is decided by the log when the change is committed (docs/adr/0019).
 */
import { refuse } from '../log/answers.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import { decide } from '../protocol/decide.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { isStorable } from '../protocol/text.ts';
import { begin } from './log-events.ts';
import { changeEntry, type MessageData, NO_MESSAGE } from './message-change.ts';
import type { ChannelState, Context, Effects, PendingChange } from './state.ts';

/** A valid edit or deletion of the message `id`: appended at once, or when that was found. */
export function change(state: ChannelState, id: string, pending: PendingChange, ctx: Context): Effects {
  if (!isStorable(id)) return refuse(pending.waiter, state.id, ctx.now, NO_MESSAGE);
  // Behind those that wait for the same message, so that its changes stay in order.
  const waiting = state.searches.get(id);
  if (waiting !== undefined) {
    waiting.push(pending);
    return [];
  }
  const recent = state.ring.slice(1, state.head).findLast((event) => event.id === id);
  if (recent !== undefined) {
    const { data } = JSON.parse(recent.json) as { readonly data: MessageData };
    return changeFound(state, { type: recent.type, sender: recent.sender, data }, pending, ctx);
  }
  state.searches.set(id, [pending]);
  return [{ kind: 'find', id }];
}

/** The event that `find` asked for: it isn't in this channel's log (null), or why that isn't known. */
export function messageFound(
  state: ChannelState,
  id: string,
  found: CommittedEvent | Failure | null,
  ctx: Context,
): Effects {
  const waiting = state.searches.get(id) ?? [];
  state.searches.delete(id);
  if (found === null || 'code' in found) {
    return waiting.flatMap(({ waiter }) => refuse(waiter, state.id, ctx.now, found ?? NO_MESSAGE));
  }
  const { type, sender } = found;
  const event = { type, sender, data: JSON.parse(found.data) as MessageData };
  return waiting.flatMap((pending) => changeFound(state, event, pending, ctx));
}

function changeFound(
  state: ChannelState,
  { type, sender, data }: { readonly type: string; readonly sender: string; readonly data: MessageData },
  { content, from, waiter }: PendingChange,
  ctx: Context,
): Effects {
  const isEdit = content !== null;
  if (type !== 'message:created' || (isEdit && 'deleted' in data)) {
    return refuse(waiter, state.id, ctx.now, NO_MESSAGE);
  }
  if (sender !== from.id && (isEdit || decide(from, 'message:remove', state, ctx) !== null)) {
    return refuse(waiter, state.id, ctx.now, failure('forbidden', "this message is somebody else's"));
  }
  const by = { id: from.id, name: from.name };
  const entry = changeEntry(state.log, { id: ctx.newId(), message: data, content, by, timestamp: ctx.now });
  return begin(state, entry, waiter);
}
