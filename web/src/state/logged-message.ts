/** Messages as the page holds them, out of the events of a log: a channel's, or an inbox's of one conversation. */
import type { InboxEvent } from '../../../src/client/inbox-news.ts';
import type { LogEvent } from '../../../src/protocol/events.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { personOf } from './person-of.ts';
import { readReactions, withReaction, type Reaction } from './reactions.ts';
import {
  headOf,
  readQuote,
  readThread,
  withoutReply,
  withReply,
  type Quote,
  type ThreadHead,
} from './replies.ts';
import { fieldsOf } from './server-requests.ts';

/** A message of the log. `at` and `editedAt` in ms since the epoch. */
export interface LoggedMessage {
  readonly id: string;
  readonly seq: number;
  readonly author: UserRef;
  /** Empty where `deleted`. */
  readonly content: string;
  readonly at: number;
  readonly clientMessageId?: string;
  readonly editedAt?: number;
  readonly deleted?: boolean;
  /** Whether nobody but its author and moderators sees it as it is: moderators are told. */
  readonly shadowed?: boolean;
  /** Whether it says what its author does, as of `/me`. */
  readonly action?: boolean;
  /** Absent: none. */
  readonly reactions?: readonly Reaction[];
  /** What it answers. */
  readonly quote?: Quote;
  /** Id of the message that its thread is below. */
  readonly root?: string;
  /** What answers it; absent: nothing. */
  readonly thread?: ThreadHead;
  /** Whom it names. */
  readonly mentions?: readonly UserRef[];
  /** Whether it is pinned, as far as is known. */
  readonly pinned?: boolean;
}

/** What the log of a room holds. */
export type RoomEvent = LogEvent | InboxEvent;

/** What an event makes of messages that came before it: of the one with that id, or of all that `concerns` names. */
export interface Amendment {
  readonly concerns: string | ((message: LoggedMessage) => boolean);
  readonly change: (message: LoggedMessage) => LoggedMessage;
}

/**
 * No message for places without text: void ones, and kinds of events that this page doesn't show. `asOf`: at which place of
 * the log it is told as it is, where that is behind its own.
 */
export function loggedMessage(event: RoomEvent, asOf = 0): readonly LoggedMessage[] {
  if (event.type !== 'message:created' && event.type !== 'whisper:created') return [];
  const { id, content, clientMessageId, editedAt, deleted, ...more } = fieldsOf(event.data);
  const author = personOf(more['author'] ?? more['from']);
  if (typeof id !== 'string' || author === null) return [];
  const known = {
    id,
    seq: event.seq,
    author,
    at: event.timestamp,
    ...placeInThreads(more, Math.max(asOf, event.seq)),
  };
  if (deleted === true) return [{ ...known, content: '', deleted }];
  if (typeof content !== 'string') return [];
  return [
    {
      ...known,
      content,
      ...(typeof clientMessageId === 'string' ? { clientMessageId } : {}),
      ...(typeof editedAt === 'number' ? { editedAt } : {}),
      ...additions(more),
    },
  ];
}

/** Changes to what came before; none for changes that later ones have made void. */
export function amendmentsOf(event: RoomEvent): readonly Amendment[] {
  // This page may know of more types than the server's that it was built with, and of fewer.
  const type: string = event.type;
  const data = fieldsOf('data' in event ? event.data : undefined);
  const { id, messageId, emoji, user } = data;
  const root = rootIn(data);
  switch (type) {
    case 'message:created':
      // A reply that was deleted since is told as such, and counts for nothing.
      return root !== null && 'timestamp' in event && data['deleted'] !== true
        ? [repliedTo(root, event.seq, event.timestamp)]
        : [];
    case 'message:updated':
    case 'whisper:updated':
      return typeof id === 'string' ? updated(id, data) : [];
    case 'message:deleted':
    case 'whisper:deleted':
      return typeof id === 'string' ? deleted(id) : [];
    case 'message:pinned':
    case 'message:unpinned':
      return typeof id === 'string'
        ? [{ concerns: id, change: (message) => ({ ...message, pinned: type === 'message:pinned' }) }]
        : [];
    case 'reaction:added':
    case 'reaction:removed': {
      const by = personOf(user);
      if (typeof messageId !== 'string' || typeof emoji !== 'string' || by === null) return [];
      return [reacted(messageId, emoji, by.id, type === 'reaction:added')];
    }
    default:
      return [];
  }
}

function updated(
  id: string,
  { content, editedAt, shadow }: Readonly<Record<string, unknown>>,
): readonly Amendment[] {
  const shadowed = typeof shadow === 'string';
  if (typeof content !== 'string' || typeof editedAt !== 'number') return [];
  return [
    {
      concerns: id,
      // What is deleted stays so: nothing of it was ever told after that.
      change: (message) =>
        message.deleted === true
          ? message
          : { ...message, content, editedAt, ...(shadowed || message.shadowed === true ? { shadowed } : {}) },
    },
    quoting(id, (quote) => ({ ...quote, content: headOf(content) })),
  ];
}

function deleted(id: string): readonly Amendment[] {
  return [
    {
      concerns: id,
      change: emptied,
    },
    quoting(id, (quote) => ({ ...quote, content: '', deleted: true })),
  ];
}

/** What is left of a message that was deleted: who and when, and its place in threads. */
function emptied({ id, seq, author, at, editedAt, root, thread }: LoggedMessage): LoggedMessage {
  return {
    ...{ id, seq, author, at, content: '', deleted: true },
    ...(editedAt === undefined ? {} : { editedAt }),
    ...(root === undefined ? {} : { root }),
    ...(thread === undefined ? {} : { thread }),
  };
}

function quoting(id: string, change: (quote: Quote) => Quote): Amendment {
  return {
    concerns: ({ quote }) => quote?.id === id,
    change: (message) =>
      message.quote === undefined ? message : { ...message, quote: change(message.quote) },
  };
}

function repliedTo(root: string, seq: number, at: number): Amendment {
  return {
    concerns: root,
    change: (message) => ({ ...message, thread: withReply(message.thread, seq, at) }),
  };
}

/** The message `root` has one reply fewer, by what stands at `seq`. */
export function replyGone(root: string, seq: number): Amendment {
  return {
    concerns: root,
    change: ({ thread: before, ...message }) => {
      const thread = withoutReply(before, seq);
      return thread === null ? message : { ...message, thread };
    },
  };
}

function reacted(id: string, emoji: string, userId: string, given: boolean): Amendment {
  return {
    concerns: id,
    change: (message) => {
      const { reactions: before = [], ...others } = message;
      const reactions = withReaction(before, emoji, userId, given);
      if (reactions === before || message.deleted === true) return message;
      return reactions.length === 0 ? others : { ...others, reactions };
    },
  };
}

/** The message that a reply's thread is below: what it answers, where that is no reply itself. */
function rootIn(data: Readonly<Record<string, unknown>>): string | null {
  const root = data['root'] ?? data['replyTo'];
  return typeof root === 'string' ? root : null;
}

function placeInThreads(data: Readonly<Record<string, unknown>>, asOf: number): Partial<LoggedMessage> {
  const thread = readThread(data['thread'], asOf);
  const root = rootIn(data);
  return {
    ...(root === null ? {} : { root }),
    ...(thread === null ? {} : { thread }),
  };
}

function additions(data: Readonly<Record<string, unknown>>): Partial<LoggedMessage> {
  const reactions = readReactions(data['reactions']);
  const quote = readQuote(data['quote']);
  const { mentions, pinned, shadow, style } = data;
  const named = Array.isArray(mentions) ? mentions.map(personOf).filter((one) => one !== null) : [];
  return {
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(quote === null ? {} : { quote }),
    ...(named.length === 0 ? {} : { mentions: named }),
    ...(pinned === true ? { pinned } : {}),
    ...(typeof shadow === 'string' ? { shadowed: true } : {}),
    ...(style === 'action' ? { action: true } : {}),
  };
}
