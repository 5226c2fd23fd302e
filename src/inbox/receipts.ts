/** How far both sides have come, as it is asked for, found, committed and heard of. What it means is in marks.ts. */
import { ack, refuse } from '../log/answers.ts';
import type { Failure } from '../protocol/errors.ts';
import { isStorable } from '../protocol/text.ts';
import { defer } from './arrivals.ts';
import type { Effects, Mark, MarkPurpose, PersonKey, Receipt } from './effects.ts';
import { mark, type MarkedConversation, markFailed, NO_WHISPER } from './marks.ts';
import type { Context, InboxState } from './state.ts';

/** Where a whisper stands in the inbox's log, and with whom it was exchanged. */
export interface LocatedWhisper {
  readonly correspondent: string;
  readonly seq: number;
}

/** The owner has the correspondent's whispers up to the one with `id`, which is in the ring or has to be looked for. */
export function markWhisper(
  state: InboxState,
  id: string,
  correspondent: PersonKey,
  purpose: MarkPurpose,
  ctx: Context,
): Effects {
  if (!isStorable(id)) return refuse(purpose.waiter, undefined, ctx.now, NO_WHISPER);
  const recent = state.ring.slice(1, state.head).findLast((event) => event.id === id);
  // One's own have the correspondent in their text alone.
  if (recent === undefined || recent.sender === state.owner) {
    return [{ kind: 'locate', id, purpose, with: correspondent }];
  }
  return located(state, correspondent, { correspondent: recent.sender, seq: recent.seq }, purpose, ctx);
}

/** Where the whisper that `locate` asked for stands: null for nowhere. A correspondent's id has to be right. */
export function located(
  state: InboxState,
  correspondent: PersonKey,
  found: LocatedWhisper | Failure | null,
  purpose: MarkPurpose,
  ctx: Context,
): Effects {
  if (found === null || 'code' in found) {
    return refuse(purpose.waiter, undefined, ctx.now, found ?? NO_WHISPER);
  }
  if ('id' in correspondent && correspondent.id !== found.correspondent) {
    return refuse(purpose.waiter, undefined, ctx.now, NO_WHISPER);
  }
  // Nobody is told that one has read one's own note.
  if (found.correspondent === state.owner) return ack(purpose.waiter, undefined, ctx.now);
  return mark(state, found.correspondent, found.seq, purpose, ctx);
}

/** A mark was committed, or why not. Its counts hold what was committed; they are told when that was shown. */
export function marked(
  state: InboxState,
  wanted: Mark,
  purpose: MarkPurpose,
  result: MarkedConversation | Failure,
  ctx: Context,
): Effects {
  if ('code' in result) return markFailed(state, wanted, purpose, result, ctx);
  return defer(state, result.state.lastSeq, [{ kind: 'marked', purpose, marked: result }], ctx);
}

/** A correspondent's inbox tells how far they have come; it is told behind the whisper that it is about. */
export function receiptCame(state: InboxState, receipt: Receipt, ctx: Context): Effects {
  return defer(state, receipt.seq, [{ kind: 'receipt', receipt }], ctx);
}
