/** A whisper, and the two entries that it becomes. */
import type { AppendEntry, LogKey } from '../log/entry.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { WhisperCreated } from '../protocol/inbox-events.ts';
import { sentCopyId } from '../protocol/whispers.ts';

/** A private message on its way. Everything about it is settled by its sender's inbox, so both copies are alike. */
export interface Whisper {
  readonly id: string;
  readonly from: UserRef;
  readonly to: UserRef;
  readonly clientMessageId?: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  /** JSON text of the `data` of its event, which both threads need. */
  readonly data: string;
}

/** A whisper of what its event tells, sent at `timestamp` (ms since the epoch). */
export function whisperOf(created: WhisperCreated, timestamp: number): Whisper {
  const { id, from, to, content, clientMessageId } = created;
  const data = JSON.stringify({ id, from, to, content, clientMessageId });
  return { id, from, to, ...(clientMessageId === undefined ? {} : { clientMessageId }), timestamp, data };
}

/** The log of a user's inbox. */
export function inboxLog(userId: string): LogKey {
  return `inbox:${userId}`;
}

/**
 * The recipient's entry with the sender's copy as its companion; a note's only entry. In the sender's own log the key of
 * a retry names the recipient too, so that one clientMessageId may go to several people. Ids hold no spaces.
 */
export function entryOf(whisper: Whisper): AppendEntry {
  const { id, from, to, clientMessageId, timestamp, data } = whisper;
  const common = { type: 'whisper:created', sender: from.id, timestamp, data };
  const ownKey = clientMessageId === undefined ? {} : { clientMessageId: `${to.id} ${clientMessageId}` };
  if (from.id === to.id) return { log: inboxLog(to.id), id, ...common, ...ownKey, correspondent: to.id };
  const copy = { log: inboxLog(from.id), id: sentCopyId(id), ...common, ...ownKey, correspondent: to.id };
  const key = clientMessageId === undefined ? {} : { clientMessageId };
  return { log: inboxLog(to.id), id, ...common, ...key, correspondent: from.id, companions: [copy] };
}

/** With whom `event` of `owner`'s inbox was exchanged; null for what is no whisper. */
export function correspondentOf(event: CommittedEvent, owner: string): string | null {
  if (event.correspondent !== undefined) return event.correspondent;
  if (event.type !== 'whisper:created') return null;
  if (event.sender !== owner) return event.sender;
  return (JSON.parse(event.data) as { readonly to: UserRef }).to.id;
}
