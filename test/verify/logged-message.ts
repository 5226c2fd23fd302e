/** An event of the wire as histories have it. */
import type { InboxEvent } from '../../src/client/inbox-news.ts';
import type { LogEvent } from '../../src/protocol/events.ts';
import type { LoggedMessage } from './history-record.ts';

/** The part of `event` that the checker compares. */
export function loggedMessage(event: LogEvent): LoggedMessage {
  const { seq } = event;
  if (event.type !== 'message:created' || 'deleted' in event.data) {
    return { seq, id: null, authorId: null, clientMessageId: null, content: null, timestamp: null };
  }
  const { id, author, content, clientMessageId } = event.data;
  const { timestamp } = event;
  return { seq, id, authorId: author.id, clientMessageId: clientMessageId ?? null, content, timestamp };
}

/** The same of an inbox's event. Nobody here changes or deletes whispers, so all that tells of that tells nothing. */
export function loggedWhisper(event: InboxEvent): LoggedMessage {
  const { seq, timestamp } = event;
  if (event.type !== 'whisper:created' || !('content' in event.data)) {
    return { seq, id: null, authorId: null, clientMessageId: null, content: null, timestamp: null };
  }
  const { id, from, to, content, clientMessageId } = event.data;
  return {
    ...{ seq, id, authorId: from.id, to: to.id },
    ...{ clientMessageId: clientMessageId ?? null, content, timestamp },
  };
}
