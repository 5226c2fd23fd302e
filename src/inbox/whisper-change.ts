/** A whisper that gets another text, or none any more, and the two entries that this becomes. */
import type { Amendment, AppendEntry } from '../log/entry.ts';
import { supersededUpdate } from '../log/shown-changes.ts';
import type { UserRef } from '../protocol/entities.ts';
import type {
  DeletedWhisper,
  WhisperCreated,
  WhisperDeleted,
  WhisperUpdated,
} from '../protocol/inbox-events.ts';
import { sentCopyId } from '../protocol/whispers.ts';
import { inboxLog } from './whisper.ts';

/** A whisper without its text. */
export interface WhisperHead {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
  readonly clientMessageId?: string;
}

/** A change on its way. Everything about it is settled by the author's inbox, so both copies are alike. */
export interface WhisperChange {
  /** Of the event. */
  readonly id: string;
  readonly whisper: WhisperHead;
  /** Null: the whisper is deleted. */
  readonly content: string | null;
  /** ms since the epoch. */
  readonly timestamp: number;
}

/** The head of the `data` of a `whisper:created`, whatever has become of it since. */
export function headOf({ id, from, to, clientMessageId }: WhisperHead): WhisperHead {
  return { id, from, to, ...(clientMessageId === undefined ? {} : { clientMessageId }) };
}

/** The recipient's entry with the author's as its companion, each of which amends the copy of its log; a note's only one. */
export function changeEntry({ id, whisper, content, timestamp }: WhisperChange): AppendEntry {
  const { from, to } = whisper;
  const type = content === null ? 'whisper:deleted' : 'whisper:updated';
  const data = JSON.stringify(
    content === null
      ? ({ id: whisper.id, from, to } satisfies WhisperDeleted)
      : ({ id: whisper.id, from, to, content, editedAt: timestamp } satisfies WhisperUpdated),
  );
  const created = JSON.stringify(changedWhisper(whisper, content, timestamp));
  const superseded = supersededUpdate(whisper.id);
  const amends = (target: string): Amendment => {
    return { id: target, data: created, superseded, isFinal: content === null };
  };
  const common = { type, sender: from.id, timestamp, data };
  const received = { log: inboxLog(to.id), id, ...common, amends: amends(whisper.id) };
  if (from.id === to.id) return received;
  const sent = {
    ...{ log: inboxLog(from.id), id: sentCopyId(id) },
    ...common,
    amends: amends(sentCopyId(whisper.id)),
  };
  return { ...received, companions: [sent] };
}

/** `data` of the `whisper:created` after the change; `editedAt` in ms since the epoch. */
export function changedWhisper(
  { id, from, to, clientMessageId }: WhisperHead,
  content: string | null,
  editedAt: number,
): WhisperCreated | DeletedWhisper {
  if (content === null) return { id, from, to, deleted: true };
  return { id, from, to, content, ...(clientMessageId === undefined ? {} : { clientMessageId }), editedAt };
}
