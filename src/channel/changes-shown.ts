/** How a channel tells of messages that were changed: their texts, reactions and replies (docs/adr/0019, 0020). */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import type { ChangeForm, ShownChange } from '../log/shown-changes.ts';
import { type TextChange, textChangeIn, type TextForm, withText } from '../log/text-changes.ts';
import type { MessageDeleted, Quote, Reacted, ThreadSummary } from '../protocol/events.ts';
import { quotedText } from '../protocol/text.ts';
import { encodeEvent } from './frames.ts';
import { mentionedIn } from './mention-entries.ts';
import { changedMessage } from './message-change.ts';
import {
  type MessageData,
  withExtras,
  withoutExtras,
  withoutReaction,
  withReaction,
} from './message-extras.ts';

/** What an event that was shown makes of earlier ones. */
export type MessageChanged =
  /** `root`: a reply below that message was deleted. */
  | ({ readonly kind: 'text'; readonly root: string | undefined } & TextChange)
  /** A reaction more, or less, of the message `id`. */
  | ({
      readonly kind: 'reaction';
      readonly id: string;
      readonly emoji: string;
      readonly user: string;
      readonly isAdded: boolean;
    } & ShownChange)
  /** A reply more below the message `root`. */
  | ({ readonly kind: 'reply'; readonly root: string; readonly at: number } & ShownChange);

/** The changes in the log of one channel. */
export function messageChanges(channelId: string): ChangeForm<MessageChanged> {
  const texts: TextForm = {
    created: 'message:created',
    updated: 'message:updated',
    deleted: 'message:deleted',
    knownId: (eventId) => eventId,
    changed: (data, content, editedAt, told) => {
      const { stored, extras } = withoutExtras(data as MessageData);
      const kept = content === null ? { ...extras, reactions: undefined, quote: undefined } : extras;
      return withExtras(changedMessage(stored, content, editedAt, mentionedIn(told)), kept);
    },
    encode: (event) => encodeEvent(channelId, event),
  };
  return {
    changeIn: (event) => changeIn(event, texts),
    changed: (event, change) => changed(event, change, texts),
    encode: (event) => texts.encode(event),
  };
}

/** `quote` after the message that it tells of was changed. */
export function changedQuote({ id, author }: Quote, content: string | null): Quote {
  return content === null ? { id, author, deleted: true } : { id, author, content: quotedText(content) };
}

function changeIn(event: CommittedEvent, texts: TextForm): MessageChanged | null {
  const { type, seq, timestamp, data } = event;
  switch (type) {
    case 'message:created': {
      const reply = event.changes?.find(({ kind }) => kind === 'reply');
      return reply?.kind === 'reply' ? { kind: 'reply', seq, root: reply.root, at: timestamp } : null;
    }
    case 'message:updated':
    case 'message:deleted': {
      const text = textChangeIn(event, texts);
      const { root } = JSON.parse(data) as Partial<MessageDeleted>;
      return text === null ? null : { kind: 'text', root, ...text };
    }
    case 'reaction:added':
    case 'reaction:removed': {
      const { messageId: id, emoji, user } = JSON.parse(data) as Reacted;
      return { kind: 'reaction', seq, id, emoji, user: user.id, isAdded: type === 'reaction:added' };
    }
    default:
      return null;
  }
}

function changed(event: EncodedEvent, change: MessageChanged, texts: TextForm): EncodedEvent {
  switch (change.kind) {
    case 'text': {
      const now = withText(event, change, texts);
      if (now !== event || event.type !== 'message:created') return now;
      if (event.id === change.root) return withThread(event, texts, (thread) => lessReplies(thread));
      return event.json.includes(change.id) ? withQuote(event, change, texts) : event;
    }
    case 'reaction':
      return event.id === change.id && event.type === 'message:created'
        ? withReactions(event, change, texts)
        : event;
    case 'reply':
      return event.id === change.root && event.type === 'message:created'
        ? withThread(event, texts, (thread) => moreReplies(thread, change.at))
        : event;
  }
}

function lessReplies(thread: ThreadSummary | undefined): ThreadSummary | undefined {
  return thread === undefined || thread.count === 1 ? undefined : { ...thread, count: thread.count - 1 };
}

function moreReplies(thread: ThreadSummary | undefined, at: number): ThreadSummary {
  return thread === undefined
    ? { count: 1, lastAt: at }
    : { count: thread.count + 1, lastAt: Math.max(thread.lastAt, at) };
}

function withThread(
  event: EncodedEvent,
  texts: TextForm,
  next: (thread: ThreadSummary | undefined) => ThreadSummary | undefined,
): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  const data = JSON.stringify(withExtras(stored, { ...extras, thread: next(extras.thread) }));
  return texts.encode({ ...event, timestamp, data });
}

/** `event` may hold the id by chance. */
function withQuote(event: EncodedEvent, { id, content }: TextChange, texts: TextForm): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  if (extras.quote?.id !== id) return event;
  const data = JSON.stringify(withExtras(stored, { ...extras, quote: changedQuote(extras.quote, content) }));
  return texts.encode({ ...event, timestamp, data });
}

function withReactions(
  event: EncodedEvent,
  { emoji, user, isAdded }: Extract<MessageChanged, { kind: 'reaction' }>,
  texts: TextForm,
): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  // It was deleted later, and read ahead of that.
  if ('deleted' in stored) return event;
  const reactions = (isAdded ? withReaction : withoutReaction)(extras.reactions ?? [], emoji, user);
  const now = { ...extras, reactions: reactions.length === 0 ? undefined : reactions };
  return texts.encode({ ...event, timestamp, data: JSON.stringify(withExtras(stored, now)) });
}

function read({ json }: EncodedEvent) {
  const { timestamp, data } = JSON.parse(json) as { readonly timestamp: number; readonly data: MessageData };
  return { timestamp, ...withoutExtras(data) };
}
