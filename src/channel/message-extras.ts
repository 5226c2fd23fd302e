/**
 * What a message's event shows beside the data that its log stores: reactions, the head of what it replies to, its replies
 * (docs/adr/0020). It stands behind that data, in this order and to the byte as the log adds it to pages.
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { DeletedMessage, MessageCreated, MessageExtras } from '../protocol/events.ts';
import {
  type HeldExtras,
  type HeldMessageData,
  type HeldQuote,
  type HeldReactions,
  mayBeShadowed,
  type Shadow,
  type ShadowEdit,
  shadowOf,
} from '../protocol/shadow.ts';
import type { EncodedEvent } from '../log/ring.ts';
import { encodeEvent } from './frames.ts';
import { quotedText } from '../protocol/text.ts';

/** `data` of a `message:created` as it is told, in full (docs/adr/0025). */
export type MessageData = HeldMessageData;

/** The same as it is stored. */
export type StoredMessage =
  | (Omit<MessageCreated, keyof MessageExtras> & { readonly shadowEdit?: ShadowEdit })
  | Omit<DeletedMessage, 'thread'>;

/** What is stored of `data`, and what isn't. */
export function withoutExtras(data: MessageData): {
  readonly stored: StoredMessage;
  readonly extras: HeldExtras;
} {
  const { reactions, quote, thread, ...stored }: HeldExtras & StoredMessage = data;
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
  { reactions, quote, thread }: Readonly<{ [Name in keyof HeldExtras]: HeldExtras[Name] | undefined }>,
): object {
  return { ...stored, reactions, quote, thread };
}

/** The message at the top of the thread that `data` replies in; undefined for what is no reply. */
export function rootOf(data: MessageData): string | undefined {
  return data.root ?? ('replyTo' in data ? data.replyTo : undefined);
}

/** The head of a message, for those that reply to it. */
export function quoteOf(data: MessageData): HeldQuote {
  const { id, author } = data;
  const hidden = data.shadow === undefined ? {} : ({ shadow: true } as const);
  if ('deleted' in data) return { id, author, deleted: true, ...hidden };
  const { content, shadowEdit } = data;
  const edited = shadowEdit === undefined ? {} : { shadowContent: quotedText(shadowEdit.content) };
  return { id, author, content: quotedText(content), ...hidden, ...edited };
}

/** A reaction more, the last one; `isHidden`: not for everyone. */
export function withReaction(
  reactions: readonly HeldReactions[],
  emoji: string,
  user: string,
  isHidden = false,
): readonly HeldReactions[] {
  const one = reactions.find((known) => known.emoji === emoji) ?? { emoji, users: [] };
  const shadow = isHidden ? [...(one.shadow ?? []), user] : one.shadow;
  const more = { emoji, users: [...one.users, user], ...(shadow === undefined ? {} : { shadow }) };
  return one.users.length === 0
    ? [...reactions, more]
    : reactions.map((known) => (known === one ? more : known));
}

/** A reaction less. */
export function withoutReaction(
  reactions: readonly HeldReactions[],
  emoji: string,
  user: string,
): readonly HeldReactions[] {
  const others = (ids: readonly string[]) => ids.filter((id) => id !== user);
  return reactions
    .map((one) => {
      if (one.emoji !== emoji) return one;
      const shadow = others(one.shadow ?? []);
      return { emoji, users: others(one.users), ...(shadow.length === 0 ? {} : { shadow }) };
    })
    .filter(({ users }) => users.length > 0);
}

const EXTRAS_OR_REPLY = /"(?:reactions|thread|replyTo|root)":/;

/**
 * An event out of the log as it was shown when it was new: without what later events make of it, since those are shown
 * behind it, and with the changes that its entry had.
 */
export function asWhenNew(read: CommittedEvent): CommittedEvent {
  const event = withShadow(read);
  if (event.type !== 'message:created' || !EXTRAS_OR_REPLY.test(event.data)) return event;
  const data = JSON.parse(event.data) as MessageData;
  const { stored, extras } = withoutExtras(data);
  const root = rootOf(data);
  return {
    ...event,
    data: JSON.stringify(withExtras(stored, { ...extras, reactions: undefined, thread: undefined })),
    ...(root === undefined ? {} : { changes: [{ kind: 'reply', root, ...ownerIn(event.shadow) }] }),
  };
}

/** As its entry had it. */
function withShadow(event: CommittedEvent): CommittedEvent {
  const shadow = mayBeShadowed(event.data) ? (shadowOf(event.data) ?? null) : undefined;
  // What isn't hidden may still not be for everyone as a whole: a quote.
  return shadow === undefined ? event : { ...event, shadow };
}

function ownerIn(shadow: Shadow | null | undefined): { readonly shadow?: string } {
  return typeof shadow === 'string' ? { shadow } : {};
}

/** The same of an event that is held. */
export function heldWhenNew(channelId: string, event: EncodedEvent): EncodedEvent {
  if (event.type !== 'message:created' || !EXTRAS_OR_REPLY.test(event.json)) return event;
  const { timestamp, data } = JSON.parse(event.json) as { readonly timestamp: number; readonly data: object };
  const { id, type, sender, seq } = event;
  return encodeEvent(channelId, asWhenNew({ id, type, sender, seq, timestamp, data: JSON.stringify(data) }));
}
