/** How far both sides have come, as it is asked for, found, committed and heard of. What it means is in marks.ts. */
import { ack, refuse } from '../log/answers.ts';
import type { Failure } from '../protocol/errors.ts';
import { isStorable } from '../protocol/text.ts';
import { defer } from './arrivals.ts';
import type { PersonKey } from '../protocol/person.ts';
import type { Effects, LocatePurpose, Mark, MarkPurpose, Receipt } from './effects.ts';
import { mark, type MarkedConversation, markFailed, NO_WHISPER } from './marks.ts';
import { whisperFound } from './pending.ts';
import type { Context, InboxState, LocatedWhisper } from './state.ts';

/** The owner has the correspondent's whispers up to the one with `id`, which is in the ring or has to be looked for. */
export function markWhisper(
  state: InboxState,
  id: string,
  correspondent: PersonKey,
  purpose: MarkPurpose,
  ctx: Context,
): Effects {
  if (!isStorable(id)) return refuse(purpose.waiter, undefined, ctx.now, NO_WHISPER);
  const recent = state.ring
    .slice(1, state.head)
    .findLast((event) => event.id === id && event.type === 'whisper:created');
  // One's own have the correspondent in their text alone.
  if (recent === undefined || recent.sender === state.owner) {
    return [{ kind: 'locate', id, purpose, with: correspondent }];
  }
  return markLocated(state, correspondent, { correspondent: recent.sender, seq: recent.seq }, purpose, ctx);
}

/** Where the whisper that `locate` asked for stands: null for nowhere. A correspondent's id has to be right. */
export function located(
  state: InboxState,
  correspondent: PersonKey | null,
  found: LocatedWhisper | Failure | null,
  purpose: LocatePurpose,
  ctx: Context,
): Effects {
  if ('pending' in purpose) return whisperFound(state, purpose.pending, found, ctx);
  return markLocated(state, correspondent, found, purpose, ctx);
}

function markLocated(
  state: InboxState,
  correspondent: PersonKey | null,
  found: Pick<LocatedWhisper, 'correspondent' | 'seq'> | Failure | null,
  purpose: MarkPurpose,
  ctx: Context,
): Effects {
  if (found === null || 'code' in found) {
    return refuse(purpose.waiter, undefined, ctx.now, found ?? NO_WHISPER);
  }
  if (correspondent !== null && 'id' in correspondent && correspondent.id !== found.correspondent) {
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
