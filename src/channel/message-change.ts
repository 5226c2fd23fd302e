/** A message that gets another text, or none any more, and the entry that this becomes. */
import type { AppendEntry, LogKey } from '../log/entry.ts';
import { supersededUpdate } from '../log/shown-changes.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { MessageDeleted, MessageUpdated } from '../protocol/events.ts';
import { type Mentioned, mentionFields, NOBODY_MENTIONED } from './mention-entries.ts';
import { type MessageData, rootOf, type StoredMessage, withoutExtras } from './message-extras.ts';

/** The answer to a change of what isn't there: unknown, of another channel, deleted. */
export const NO_MESSAGE = failure('not_found', 'no such message');

/** A change on its way. */
export interface MessageChange {
  /** Of the event. */
  readonly id: string;
  /** As it is before: what a change leaves of it stays the same for good, so an older state does as well. */
  readonly message: MessageData;
  /** Null: the message is deleted. */
  readonly content: string | null;
  /** Whom the new text mentions; absent: nobody. */
  readonly mentioned?: Mentioned;
  readonly by: UserRef;
  /** ms since the epoch. */
  readonly timestamp: number;
}

/** The event of the change, which amends that of the message. */
export function changeEntry(log: LogKey, change: MessageChange): AppendEntry {
  const { message, content, mentioned = NOBODY_MENTIONED, by, timestamp } = change;
  const { id, author } = message;
  const root = rootOf(message);
  const data =
    content === null
      ? ({ id, by, ...(root === undefined ? {} : { root }) } satisfies MessageDeleted)
      : ({ id, content, editedAt: timestamp, author, ...mentionFields(mentioned) } satisfies MessageUpdated);
  return {
    log,
    id: change.id,
    type: content === null ? 'message:deleted' : 'message:updated',
    sender: by.id,
    timestamp,
    data: JSON.stringify(data),
    amends: {
      id,
      data: JSON.stringify(changedMessage(withoutExtras(message).stored, content, timestamp, mentioned)),
      superseded: supersededUpdate(id),
      isFinal: content === null,
    },
    // The text is gone: it isn't kept there either.
    ...(content === null && by.id !== author.id
      ? {
          audit: {
            action: 'message:deleted',
            target: { kind: 'message', id },
            by: by.name,
            before: { author },
          },
        }
      : {}),
  };
}

/**
 * What is stored of a message after the change; `editedAt` in ms since the epoch. Who deleted it isn't in there: so a second
 * deletion, whoever asks for it, changes nothing.
 */
export function changedMessage(
  message: StoredMessage,
  content: string | null,
  editedAt: number,
  mentioned: Mentioned,
): StoredMessage {
  if (content !== null) {
    const kept = Object.entries(message).filter(([name]) => name !== 'mentions' && name !== 'here');
    const others = Object.fromEntries(kept) as unknown as StoredMessage;
    return { ...others, content, editedAt, ...mentionFields(mentioned) };
  }
  const root = rootOf(message);
  const stub = { id: message.id, author: message.author, deleted: true } as const;
  return root === undefined ? stub : { ...stub, root };
}
