/**
 * What a message's event shows beside the data that its log stores: reactions, the head of what it replies to, its replies
 * (docs/adr/0020). It stands behind that data, in this order and to the byte as the log adds it to pages.
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type {
  DeletedMessage,
  EmojiReactions,
  MessageCreated,
  MessageExtras,
  Quote,
} from '../protocol/events.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { encodeEvent } from './frames.ts';
import { quotedText } from '../protocol/text.ts';

/** `data` of a `message:created` as it is told. */
export type MessageData = MessageCreated | DeletedMessage;

/** The same as it is stored. */
export type StoredMessage = Omit<MessageCreated, keyof MessageExtras> | Omit<DeletedMessage, 'thread'>;

/** What is stored of `data`, and what isn't. */
export function withoutExtras(data: MessageData): {
  readonly stored: StoredMessage;
  readonly extras: MessageExtras;
} {
  const { reactions, quote, thread, ...stored }: MessageExtras & StoredMessage = data;
  return {
    stored,
    extras: {
      ...(reactions === undefined ? {} : { reactions }),
      ...(quote === undefined ? {} : { quote }),
      ...(thread === undefined ? {} : { thread }),
    },
  };
}

/** Both together; what is undefined is left out of its text. */
export function withExtras(
  stored: StoredMessage,
  { reactions, quote, thread }: Readonly<{ [Name in keyof MessageExtras]: MessageExtras[Name] | undefined }>,
): object {
  return { ...stored, reactions, quote, thread };
}

/** The message at the top of the thread that `data` replies in; undefined for what is no reply. */
export function rootOf(data: MessageData): string | undefined {
  return data.root ?? ('replyTo' in data ? data.replyTo : undefined);
}

/** The head of a message, for those that reply to it. */
export function quoteOf(data: MessageData): Quote {
  const { id, author } = data;
  if ('deleted' in data) return { id, author, deleted: true };
  return { id, author, content: quotedText(data.content) };
}

/** A reaction more, the last one. */
export function withReaction(
  reactions: readonly EmojiReactions[],
  emoji: string,
  user: string,
): readonly EmojiReactions[] {
  if (!reactions.some((one) => one.emoji === emoji)) return [...reactions, { emoji, users: [user] }];
  return reactions.map((one) => (one.emoji === emoji ? { emoji, users: [...one.users, user] } : one));
}

/** A reaction less. */
export function withoutReaction(
  reactions: readonly EmojiReactions[],
  emoji: string,
  user: string,
): readonly EmojiReactions[] {
  return reactions
    .map((one) => (one.emoji === emoji ? { emoji, users: one.users.filter((id) => id !== user) } : one))
    .filter(({ users }) => users.length > 0);
}

const EXTRAS_OR_REPLY = /"(?:reactions|thread|replyTo|root)":/;

/**
 * An event out of the log as it was shown when it was new: without what later events make of it, since those are shown
 * behind it, and with the changes that its entry had.
 */
export function asWhenNew(event: CommittedEvent): CommittedEvent {
  if (event.type !== 'message:created' || !EXTRAS_OR_REPLY.test(event.data)) return event;
  const data = JSON.parse(event.data) as MessageData;
  const { stored, extras } = withoutExtras(data);
  const root = rootOf(data);
  return {
    ...event,
    data: JSON.stringify(withExtras(stored, { ...extras, reactions: undefined, thread: undefined })),
    ...(root === undefined ? {} : { changes: [{ kind: 'reply', root }] }),
  };
}

/** The same of an event that is held. */
export function heldWhenNew(channelId: string, event: EncodedEvent): EncodedEvent {
  if (event.type !== 'message:created' || !EXTRAS_OR_REPLY.test(event.json)) return event;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const { id, type, sender, seq } = event;
  return encodeEvent(channelId, asWhenNew({ id, type, sender, seq, timestamp, data: JSON.stringify(data) }));
}
