/** A whisper, and the two entries that it becomes. */
import type { AppendEntry, LogKey } from '../log/entry.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { WhisperCreated } from '../protocol/inbox-events.ts';
import { sentCopyId } from '../protocol/whispers.ts';

/** A private message on its way. Everything about it is settled by its sender's inbox, so both copies are alike. */
export interface Whisper extends WhisperCreated {
  /** ms since the epoch. */
  readonly timestamp: number;
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
  const { id, from, to, content, clientMessageId, timestamp } = whisper;
  const data = JSON.stringify({ id, from, to, content, clientMessageId });
  const common = { type: 'whisper:created', sender: from.id, timestamp, data };
  const ownKey = clientMessageId === undefined ? {} : { clientMessageId: `${to.id} ${clientMessageId}` };
  if (from.id === to.id) return { log: inboxLog(to.id), id, ...common, ...ownKey };
  const copy = { log: inboxLog(from.id), id: sentCopyId(id), ...common, ...ownKey };
  const key = clientMessageId === undefined ? {} : { clientMessageId };
  return { log: inboxLog(to.id), id, ...common, ...key, companions: [copy] };
}

/** With whom `event` of `owner`'s inbox was exchanged; null for what is no whisper. */
export function correspondentOf(event: CommittedEvent, owner: string): string | null {
  if (event.type !== 'whisper:created') return null;
  if (event.sender !== owner) return event.sender;
  return (JSON.parse(event.data) as { readonly to: UserRef }).to.id;
}
