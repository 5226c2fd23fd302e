/** An event of the wire as histories have it. */
import type { LogEvent } from '../../src/protocol/events.ts';
import type { LoggedMessage } from './history-record.ts';

/** The part of `event` that the checker compares. */
export function loggedMessage(event: LogEvent): LoggedMessage {
  const { seq } = event;
  if (event.type === 'void') {
    return { seq, id: null, authorId: null, clientMessageId: null, content: null, timestamp: null };
  }
  const { id, author, content, clientMessageId } = event.data;
  const { timestamp } = event;
  return { seq, id, authorId: author.id, clientMessageId: clientMessageId ?? null, content, timestamp };
}
