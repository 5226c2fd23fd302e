/**
 * How far a user has come with a correspondent's whispers, and the correspondent with theirs. Marks are committed before
 * they are acknowledged and told. They only grow, so one that says nothing new is answered at once.
 */
import { ack, refuse } from '../log/answers.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { Effects, Mark, MarkPurpose, Receipt } from './effects.ts';
import { encodeSignal } from './frames.ts';
import {
  type Context,
  type Conversation,
  type ConversationRecord,
  conversationWith,
  type InboxState,
  setUnread,
} from './state.ts';

/** A whisper of the correspondent that a mark has come to; `sentSeq` is in the correspondent's log. */
export interface MarkedWhisper {
  readonly id: string;
  readonly sentSeq: number;
}

/** A conversation as marks have left it in the store. */
export interface MarkedConversation {
  readonly state: ConversationRecord & { readonly correspondent: string };
  readonly deliveredWhisper: MarkedWhisper | null;
  readonly readWhisper: MarkedWhisper | null;
}

/** The owner has `correspondent`'s whispers up to `seq`: commits that, or acknowledges it if it is known. */
export function mark(
  state: InboxState,
  correspondent: string,
  seq: number,
  purpose: MarkPurpose,
  ctx: Context,
): Effects {
  const conversation = conversationWith(state, correspondent);
  const isRead = purpose.type === 'whisper:read';
  if (seq <= (isRead ? conversation.read : conversation.delivered)) {
    return acknowledge(state, conversation, purpose, ctx);
  }
  conversation.marking += 1;
  const wanted: Mark = { correspondent, delivered: seq, read: isRead ? seq : 0 };
  return [{ kind: 'mark', mark: wanted, purpose }];
}

/** The mark could not be committed. */
export function markFailed(
  state: InboxState,
  { correspondent }: Mark,
  { waiter }: MarkPurpose,
  problem: Failure,
  ctx: Context,
): Effects {
  endMarking(conversationWith(state, correspondent), 0);
  return refuse(waiter, undefined, ctx.now, problem);
}

/**
 * The mark was committed, and everything that its counts hold was shown: tells the correspondent and the owner's other
 * connections what is new.
 */
export function applyMarked(
  state: InboxState,
  purpose: MarkPurpose,
  { state: record, deliveredWhisper, readWhisper }: MarkedConversation,
  ctx: Context,
): Effects {
  const conversation = conversationWith(state, record.correspondent);
  const behind = endMarking(conversation, record.lastSeq);
  setUnread(state, conversation, record.unread + behind);
  const isRead = record.read > conversation.read;
  // What is read is delivered too, so one receipt says both.
  const isDelivered = record.delivered > conversation.delivered && record.delivered > record.read;
  conversation.read = Math.max(conversation.read, record.read);
  conversation.delivered = Math.max(conversation.delivered, record.delivered);
  const { by, waiter, type } = purpose;
  // Its ack has the counts; that of somebody's who was joined with it, or had no ref, hasn't.
  const except = type === 'whisper:read' && waiter.ref !== undefined ? [waiter.connection] : [];
  const acknowledged = acknowledge(state, conversation, purpose, ctx);
  const told: Effects[] = [];
  if (isRead && readWhisper !== null) {
    const counts = { with: record.correspondent, unread: conversation.unread, total: state.unread };
    const frame = encodeSignal('whisper:read', ctx, { id: readWhisper.id, by, ...counts });
    told.push(receipt(record.correspondent, 'whisper:read', purpose, readWhisper), [
      { kind: 'broadcast', frame, except },
    ]);
  }
  if (isDelivered && deliveredWhisper !== null) {
    told.push(receipt(record.correspondent, 'whisper:delivered', purpose, deliveredWhisper));
  }
  return [...told.flat(), ...acknowledged];
}

/** A correspondent has come as far as `receipt` says, and the whisper was shown: tells the owner's connections. */
export function tellReceipt(state: InboxState, { type, by, id, seq }: Receipt, ctx: Context): Effects {
  const conversation = conversationWith(state, by.id);
  const isRead = type === 'whisper:read';
  const [told, known] = isRead
    ? [conversation.toldRead, conversation.sentRead]
    : [conversation.toldDelivered, conversation.sentDelivered];
  // What was loaded may have it already, and connections that were here before don't. Behind an older one comes a newer.
  if (seq <= told || seq < known) return [];
  conversation.toldDelivered = conversation.sentDelivered = Math.max(conversation.sentDelivered, seq);
  if (isRead) conversation.toldRead = conversation.sentRead = seq;
  return [{ kind: 'broadcast', frame: encodeSignal(type, ctx, { id, by }), except: [] }];
}

/** The answer to a mark for a whisper that isn't there. */
export const NO_WHISPER = failure('not_found', 'no such whisper');

function acknowledge(
  state: InboxState,
  { unread }: Conversation,
  { type, waiter }: MarkPurpose,
  { now }: Context,
): Effects {
  return ack(waiter, undefined, now, type === 'whisper:read' ? { unread, total: state.unread } : {});
}

/** One mark less is under way. How many whispers came that the store's count, taken at `lastSeq`, doesn't hold. */
function endMarking(conversation: Conversation, lastSeq: number): number {
  conversation.marking -= 1;
  const behind = conversation.cameMeanwhile.filter((seq) => seq > lastSeq);
  conversation.cameMeanwhile = conversation.marking === 0 ? [] : behind;
  return behind.length;
}

function receipt(
  to: string,
  type: Receipt['type'],
  { by }: MarkPurpose,
  { id, sentSeq }: MarkedWhisper,
): Effects {
  return [{ kind: 'receipt', to, receipt: { type, by, id, seq: sentSeq } }];
}
