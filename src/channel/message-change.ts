/** A message that gets another text, or none any more, and the entry that this becomes. */
import type { Amendment, AppendEntry, LogKey } from '../log/entry.ts';
import { supersededUpdate } from '../log/shown-changes.ts';
import type { AuditNote } from '../protocol/audit-act.ts';
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
  /** Its author edits it under a shadow ban. */
  readonly isHidden?: boolean;
  /** ms since the epoch. */
  readonly timestamp: number;
}

/** The event of the change, which amends that of the message. An edit that others don't see leaves what they do. */
export function changeEntry(log: LogKey, change: MessageChange): AppendEntry {
  const { message, content, mentioned = NOBODY_MENTIONED, by, isHidden = false, timestamp } = change;
  const { id, author, shadow } = message;
  const own = { log, id: change.id, sender: by.id, timestamp };
  if (content === null) {
    const root = rootOf(message);
    const data = { id, by, ...(root === undefined ? {} : { root }), ...hiddenBy(shadow) };
    return {
      ...{ ...own, type: 'message:deleted', data: JSON.stringify(data satisfies MessageDeleted) },
      ...hiddenBy(shadow),
      amends: amendmentOf(change),
      // The text is gone: it isn't kept there either.
      ...(by.id === author.id ? {} : { audit: deletionNote(id, author, by) }),
    };
  }
  const hidden = hiddenBy(isHidden ? author.id : shadow);
  const text = { content, editedAt: timestamp };
  const data = { id, ...text, author, ...mentionFields(mentioned), ...hidden } satisfies MessageUpdated;
  const entry = { ...own, type: 'message:updated', data: JSON.stringify(data), ...hidden };
  if (!isHidden || shadow !== undefined) return { ...entry, amends: amendmentOf(change) };
  const shadowEdit = { ...text, ...mentionFields(mentioned) };
  const kept = { kind: 'shadowEdit', target: id, author: author.id, text: shadowEdit } as const;
  return { ...entry, needs: id, changes: [kept] };
}

/** `data` of an update that another change has taken the place of. */
export function supersededText(id: string, shadow: string | undefined): string {
  return shadow === undefined ? supersededUpdate(id) : JSON.stringify({ id, shadow });
}

function amendmentOf({
  message,
  content,
  mentioned = NOBODY_MENTIONED,
  timestamp,
}: MessageChange): Amendment {
  const { id, shadow } = message;
  return {
    id,
    data: JSON.stringify(changedMessage(withoutExtras(message).stored, content, timestamp, mentioned)),
    superseded: supersededText(id, shadow),
    isFinal: content === null,
  };
}

function hiddenBy(shadow: string | undefined): { readonly shadow?: string } {
  return shadow === undefined ? {} : { shadow };
}

function deletionNote(id: string, author: UserRef, by: UserRef): AuditNote {
  return {
    action: 'message:deleted',
    target: { kind: 'message', id },
    by: by.name,
    before: { author },
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
    const kept = Object.entries(message).filter(([name]) => !OF_TEXT.has(name));
    const others = Object.fromEntries(kept) as unknown as StoredMessage;
    return { ...others, content, editedAt, ...mentionFields(mentioned) };
  }
  const root = rootOf(message);
  const stub = {
    id: message.id,
    author: message.author,
    deleted: true,
    ...hiddenBy(message.shadow),
  } as const;
  return root === undefined ? stub : { ...stub, root };
}

/** What goes with a text that is replaced. */
const OF_TEXT: ReadonlySet<string> = new Set(['mentions', 'here', 'shadowEdit']);
