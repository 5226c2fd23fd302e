/** How a channel tells of messages that were changed: their texts, reactions and replies (docs/adr/0019, 0020). */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { EncodedEvent } from '../log/ring.ts';
import type { ChangeForm, ShownChange } from '../log/shown-changes.ts';
import { type TextChange, textChangeIn, type TextForm, withText } from '../log/text-changes.ts';
import type { ForModerators, MessageDeleted, Reacted } from '../protocol/events.ts';
import { type HeldQuote, type HeldThread, withoutReply, withReply } from '../protocol/shadow.ts';
import { quotedText } from '../protocol/text.ts';
import { encodeEvent } from './frames.ts';
import { mentionedIn, mentionFields } from './mention-entries.ts';
import { changedMessage, supersededText } from './message-change.ts';
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
  /** A reaction more, or less, of the message `id`; `isHidden`: not for everyone. */
  | ({
      readonly kind: 'reaction';
      readonly id: string;
      readonly emoji: string;
      readonly user: string;
      readonly isAdded: boolean;
      readonly isHidden: boolean;
    } & ShownChange)
  /** A reply more below the message `root`, whose `author` is named where others don't see it. */
  | ({
      readonly kind: 'reply';
      readonly root: string;
      readonly at: number;
      readonly author: string | undefined;
    } & ShownChange);

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
export function changedQuote(quote: HeldQuote, { content, told }: TextChange): HeldQuote {
  const { id, author, shadow } = quote;
  const hidden = shadow === undefined ? {} : { shadow };
  if (content === null) return { id, author, deleted: true, ...hidden };
  const text = quotedText(content);
  if (isHidden(told) && shadow === undefined) {
    return { ...quote, shadowContent: text };
  }
  return { id, author, content: text, ...hidden };
}

/** Whether an event with that `data` isn't for everyone. */
function isHidden(told: ForModerators): boolean {
  return told.shadow !== undefined;
}

function changeIn(event: CommittedEvent, texts: TextForm): MessageChanged | null {
  const { type, seq, timestamp, data } = event;
  switch (type) {
    case 'message:created': {
      const reply = event.changes?.find(({ kind }) => kind === 'reply');
      return reply?.kind === 'reply'
        ? { kind: 'reply', seq, root: reply.root, at: timestamp, author: reply.shadow }
        : null;
    }
    case 'message:updated':
    case 'message:deleted': {
      const text = textChangeIn(event, texts);
      const { root } = JSON.parse(data) as Partial<MessageDeleted>;
      return text === null ? null : { kind: 'text', root, ...text };
    }
    case 'reaction:added':
    case 'reaction:removed': {
      const told = JSON.parse(data) as Reacted;
      const { messageId: id, emoji, user } = told;
      const isAdded = type === 'reaction:added';
      return { kind: 'reaction', seq, id, emoji, user: user.id, isAdded, isHidden: isHidden(told) };
    }
    default:
      return null;
  }
}

function changed(event: EncodedEvent, change: MessageChanged, texts: TextForm): EncodedEvent {
  switch (change.kind) {
    case 'text': {
      if (event.type === 'message:updated') return superseded(event, change, texts);
      if (event.type !== 'message:created') return event;
      const { content, told } = change;
      const isShadowEdit = content !== null && isHidden(told) && event.shadowed !== 'wholly';
      if (event.id === change.id && isShadowEdit) return withShadowEdit(event, change, texts);
      const now = withText(event, change, texts);
      if (now !== event) return now;
      if (event.id === change.root) {
        const { shadow } = told as ForModerators;
        return withThread(event, texts, (thread) => withoutReply(thread, shadow));
      }
      return event.json.includes(change.id) ? withQuote(event, change, texts) : event;
    }
    case 'reaction':
      return event.id === change.id && event.type === 'message:created'
        ? withReactions(event, change, texts)
        : event;
    case 'reply':
      return event.id === change.root && event.type === 'message:created'
        ? withThread(event, texts, (thread) => withReply(thread, change.at, change.author))
        : event;
  }
}

/** An update that `change` takes the place of: one that everyone sees stays beside one that they don't. */
function superseded(event: EncodedEvent, change: TextChange, texts: TextForm): EncodedEvent {
  if (!event.json.includes(change.id)) return event;
  const { timestamp, data } = JSON.parse(event.json) as {
    readonly timestamp: number;
    readonly data: ForModerators & { readonly id: string };
  };
  const { id, shadow } = data;
  const isDeletion = change.content === null;
  if (id !== change.id || (isHidden(change.told) && shadow === undefined && !isDeletion)) return event;
  return texts.encode({ ...event, timestamp, data: supersededText(id, shadow) });
}

/** A text beside the one that everyone sees. */
function withShadowEdit(event: EncodedEvent, change: TextChange, texts: TextForm): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  // It was deleted later, and read ahead of that.
  if ('deleted' in stored || change.content === null) return event;
  const { content, editedAt, told } = change;
  const shadowEdit = { content, editedAt, ...mentionFields(mentionedIn(told)) };
  const data = JSON.stringify(withExtras({ ...stored, shadowEdit }, extras));
  return texts.encode({ ...event, timestamp, data });
}

function withThread(
  event: EncodedEvent,
  texts: TextForm,
  next: (thread: HeldThread | undefined) => HeldThread | undefined,
): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  const data = JSON.stringify(withExtras(stored, { ...extras, thread: next(extras.thread) }));
  return texts.encode({ ...event, timestamp, data });
}

/** `event` may hold the id by chance. */
function withQuote(event: EncodedEvent, change: TextChange, texts: TextForm): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  if (extras.quote?.id !== change.id) return event;
  const data = JSON.stringify(withExtras(stored, { ...extras, quote: changedQuote(extras.quote, change) }));
  return texts.encode({ ...event, timestamp, data });
}

function withReactions(
  event: EncodedEvent,
  { emoji, user, isAdded, isHidden: isForFew }: Extract<MessageChanged, { kind: 'reaction' }>,
  texts: TextForm,
): EncodedEvent {
  const { timestamp, stored, extras } = read(event);
  // It was deleted later, and read ahead of that.
  if ('deleted' in stored) return event;
  const before = extras.reactions ?? [];
  // Of a hidden message nothing has to be hidden.
  const reactions = isAdded
    ? withReaction(before, emoji, user, isForFew && event.shadowed !== 'wholly')
    : withoutReaction(before, emoji, user);
  const now = { ...extras, reactions: reactions.length === 0 ? undefined : reactions };
  return texts.encode({ ...event, timestamp, data: JSON.stringify(withExtras(stored, now)) });
}

function read({ json }: EncodedEvent) {
  const { timestamp, data } = JSON.parse(json) as { readonly timestamp: number; readonly data: MessageData };
  return { timestamp, ...withoutExtras(data) };
}
