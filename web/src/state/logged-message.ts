/** Messages as the page holds them, out of the events of a log: a channel's, or an inbox's of one conversation. */
import type { InboxEvent } from '../../../src/client/inbox-news.ts';
import type { LogEvent } from '../../../src/protocol/events.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
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
}

/** What the log of a room holds. */
export type RoomEvent = LogEvent | InboxEvent;

/** What an event makes of a message that came before it. */
export interface Amendment {
  readonly id: string;
  readonly change: (message: LoggedMessage) => LoggedMessage;
}

/** No message for places without text: void ones, and kinds of events that this page doesn't show. */
export function loggedMessage(event: RoomEvent): readonly LoggedMessage[] {
  if (event.type !== 'message:created' && event.type !== 'whisper:created') return [];
  const { id, content, clientMessageId, editedAt, deleted, ...people } = fieldsOf(event.data);
  const author = personOf(people['author'] ?? people['from']);
  if (typeof id !== 'string' || author === null) return [];
  const known = { id, seq: event.seq, author, at: event.timestamp };
  if (deleted === true) return [{ ...known, content: '', deleted }];
  if (typeof content !== 'string') return [];
  return [
    {
      ...known,
      content,
      ...(typeof clientMessageId === 'string' ? { clientMessageId } : {}),
      ...(typeof editedAt === 'number' ? { editedAt } : {}),
    },
  ];
}

/** Null for events that leave other messages as they are, and for changes that later ones have made void. */
export function amendmentOf(event: RoomEvent): Amendment | null {
  const isUpdate = event.type === 'message:updated' || event.type === 'whisper:updated';
  const isDeletion = event.type === 'message:deleted' || event.type === 'whisper:deleted';
  if (!isUpdate && !isDeletion) return null;
  const { id, content, editedAt } = fieldsOf(event.data);
  if (typeof id !== 'string') return null;
  if (isDeletion) {
    return { id, change: (message) => ({ ...message, content: '', deleted: true }) };
  }
  if (typeof content !== 'string' || typeof editedAt !== 'number') return null;
  // What is deleted stays so: nothing of it was ever told after that.
  return {
    id,
    change: (message) => (message.deleted === true ? message : { ...message, content, editedAt }),
  };
}

/** The person that a field of an event names, or null. */
export function personOf(value: unknown): UserRef | null {
  const { id, name } = fieldsOf(value);
  return typeof id === 'string' && typeof name === 'string' ? { id, name } : null;
}
