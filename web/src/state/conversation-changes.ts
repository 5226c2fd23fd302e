/** What events of the inbox, lists and counts make of the page's conversations. */
import type { Conversation, InboxEvent, Receipts, Unread } from '../../../src/client/inbox-news.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import {
  conversationKey,
  newConversation,
  type ConversationState,
  type LastWhisper,
} from './conversation.ts';
import { amendmentsOf, loggedMessage, type LoggedMessage, type RoomEvent } from './logged-message.ts';
import type { PageState, SignedIn } from './page-state.ts';
import { personOf } from './person-of.ts';
import { fieldsOf } from './server-requests.ts';
import { lastOf } from './timeline-chunks.ts';
import { restarted, withFirstPage, withNewer } from './timeline.ts';

/** With whom the whisper of an event was exchanged; null where an event no longer tells. */
export function correspondentOf(event: InboxEvent, ownId: string): UserRef | null {
  const { from, to } = fieldsOf(event.data);
  const author = personOf(from);
  return author?.id === ownId ? personOf(to) : author;
}

/** An event of the inbox came. `unseen`: nobody looks at the end of its conversation. */
export function withEvent(state: PageState, event: InboxEvent, ownId: string, unseen: boolean): PageState {
  const person = correspondentOf(event, ownId);
  if (state.screen !== 'chat' || person === null) return state;
  const known = state.conversations[conversationKey(person.id)] ?? newConversation(person, ownId);
  return withOne(state, {
    ...known,
    with: person,
    isNotes: person.id === ownId,
    timeline: withNewer(known.timeline, [event], unseen),
    last: lastAfter(known.last, event, ownId),
  });
}

/** The server's list of conversations, and what isn't read of them. */
export function withList(state: PageState, list: readonly Conversation[], unread: Unread): PageState {
  if (state.screen !== 'chat') return state;
  const ownId = state.user?.id ?? '';
  const changed = list.map(({ with: person, last }) => {
    const known = state.conversations[conversationKey(person.id)] ?? newConversation(person, ownId);
    // A list that was under way tells less than what came meanwhile.
    const isOld = known.last !== null && known.last.seq > last.seq;
    const named = { ...known, with: person, isNotes: person.id === ownId };
    return isOld ? named : { ...named, last: lastAfter(null, last, ownId) };
  });
  return withUnread(changed.reduce<SignedIn>(withOne, state), unread, null);
}

/** The newest page of a conversation came; `unread`: so many of the other one's whispers aren't read. */
export function withLoaded(
  conversation: ConversationState,
  events: readonly RoomEvent[],
  hasOlder: boolean,
  unread: number,
): ConversationState {
  const timeline = withFirstPage(conversation.timeline, events, hasOlder);
  const theirs = timeline.messages.list
    .flat()
    .filter(({ author }) => author.id === conversation.with.id && !conversation.isNotes);
  const first = unread === 0 ? undefined : theirs.at(-unread);
  const mark = first === undefined ? null : { afterSeq: first.seq - 1, shown: false };
  return {
    ...conversation,
    joined: true,
    older: 'idle',
    timeline: { ...timeline, unread: mark ?? timeline.unread },
    readSeq: Math.max(conversation.readSeq, events.at(-1)?.seq ?? 0),
  };
}

/** Counts of what isn't read; `inView`: the conversation whose end somebody sees has none. */
export function withUnread(state: PageState, unread: Unread, inView: string | null): PageState {
  return changedWhere(state, (one) => {
    const count = one.id === inView ? 0 : (unread.of.get(one.with.id) ?? 0);
    return count === one.unread ? one : { ...one, unread: count };
  });
}

/** How far a correspondent has come with one's own whispers. */
export function withReceipts(state: PageState, userId: string, { delivered, read }: Receipts): PageState {
  return changedWhere(state, (one) => (one.with.id === userId ? { ...one, delivered, read } : one));
}

/** What is held of the inbox's log no longer fits together. */
export function withoutLogs(state: PageState): PageState {
  return changedWhere(state, (one) => ({ ...one, joined: false, timeline: restarted(one.timeline) }));
}

/** The newest whisper of the other one that is loaded, or null. */
export function newestOfOthers({
  timeline,
  with: person,
}: ConversationState): InboxEvent<'whisper:created'> | null {
  const message = lastOf(timeline.messages, ({ author }) => author.id === person.id);
  if (message === undefined) return null;
  const { id, seq, author, at, content } = message;
  return { type: 'whisper:created', seq, timestamp: at, data: { id, from: author, to: person, content } };
}

function withOne(state: SignedIn, conversation: ConversationState): SignedIn {
  return { ...state, conversations: { ...state.conversations, [conversation.id]: conversation } };
}

function changedWhere(
  state: PageState,
  change: (conversation: ConversationState) => ConversationState,
): PageState {
  if (state.screen !== 'chat') return state;
  const before = Object.values(state.conversations);
  return before
    .map(change)
    .filter((one, index) => one !== before[index])
    .reduce<SignedIn>(withOne, state);
}

function lastAfter(last: LastWhisper | null, event: InboxEvent, ownId: string): LastWhisper | null {
  const [message] = loggedMessage(event);
  if (message !== undefined) return lastWhisper(message, ownId);
  const amendment = amendmentsOf(event).find(({ concerns }) => concerns === last?.id);
  if (last === null || amendment === undefined) return last;
  const { content, deleted = false } = amendment.change({ ...last, author: { id: '', name: '' } });
  return { ...last, content, deleted };
}

function lastWhisper(
  { id, seq, content, at, author, deleted = false }: LoggedMessage,
  ownId: string,
): LastWhisper {
  return { id, seq, content, at, own: author.id === ownId, deleted };
}
