/**
 * Requests about a message that is in the ring, or has to be looked for in the log. Those about one message stand in the
 * order of asking: behind one that waits for it the others wait too.
 */
import { refuse } from '../log/answers.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import { beginRead, endRead } from '../log/shown-changes.ts';
import type { Waiter } from '../log/waiter.ts';
import type { Failure } from '../protocol/errors.ts';
import { type Reader, sees } from '../protocol/shadow.ts';
import { isStorable } from '../protocol/text.ts';
import { messageChanges } from './changes-shown.ts';
import type { MessageData } from './message-extras.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** An event of the log as pages tell it, a message or anything else. */
export interface FoundEvent {
  readonly type: string;
  readonly sender: string;
  readonly data: MessageData;
}

/** A request that waits for a message; `then` gets null where the log doesn't have it. */
export interface Search {
  readonly waiter: Waiter;
  /** Whoever asks: what is hidden from them isn't there. */
  readonly reader: Reader;
  readonly then: (found: FoundEvent | null, ctx: Context) => Effects;
  /** Called before it is refused, because nobody knows. */
  readonly lost?: () => void;
}

/** Goes on with the event `id`: at once, or when it was found. */
export function search(state: ChannelState, id: string, one: Search, ctx: Context): Effects {
  if (!isStorable(id)) return one.then(null, ctx);
  const waiting = state.searches.get(id);
  if (waiting !== undefined) {
    waiting.push(one);
    return [];
  }
  const held = state.ring.slice(1, state.head).findLast((event) => event.id === id);
  if (held !== undefined) return one.then(seenBy(one.reader, foundIn(held)), ctx);
  state.searches.set(id, [one]);
  beginRead(state);
  return [{ kind: 'find', id }];
}

/** The event that `find` asked for: it isn't in this channel's log (null), or why that isn't known. */
export function messageFound(
  state: ChannelState,
  id: string,
  found: CommittedEvent | Failure | null,
  ctx: Context,
): Effects {
  const asOfNow = endRead(state, messageChanges(state.id));
  const waiting = state.searches.get(id) ?? [];
  state.searches.delete(id);
  if (found !== null && 'code' in found) {
    return waiting.flatMap(({ waiter, lost }) => {
      lost?.();
      return refuse(waiter, state.id, ctx.now, found);
    });
  }
  const event = found === null || found.seq < state.floor ? null : foundIn(asOfNow(found));
  return waiting.flatMap(({ reader, then }) => then(seenBy(reader, event), ctx));
}

function seenBy(reader: Reader, found: FoundEvent | null): FoundEvent | null {
  return found !== null && sees(reader, found.data.shadow) ? found : null;
}

/** The message that was found, unless it was deleted or is none. */
export function standing(found: FoundEvent | null): Exclude<MessageData, { deleted: true }> | null {
  if (found?.type !== 'message:created' || 'deleted' in found.data) return null;
  return found.data;
}

function foundIn({ type, sender, json }: { type: string; sender: string; json: string }): FoundEvent {
  return { type, sender, data: (JSON.parse(json) as { readonly data: MessageData }).data };
}
