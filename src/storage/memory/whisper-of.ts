/** What an event of an inbox is as a whisper: what the migration 0007_inboxes.sql reads out of it. */
import type { LogKey, StoredEvent } from '../../shard/ports/channel-log.ts';

/** A whisper in its owner's inbox. */
export interface WhisperSide {
  readonly correspondent: string;
  /** By the owner. */
  readonly sent: boolean;
}

/** Whose inbox the log is; null for a channel's. */
export function ownerOf(log: LogKey): string | null {
  return log.startsWith('inbox:') ? log.slice('inbox:'.length) : null;
}

/** The whisper that the event is; null when it is none, and when it was sent to nobody. */
export function whisperOf(
  owner: string,
  event: Pick<StoredEvent, 'type' | 'sender' | 'data'>,
): WhisperSide | null {
  if (event.type !== 'whisper:created') return null;
  if (event.sender !== owner) return { correspondent: event.sender, sent: false };
  const data: unknown = JSON.parse(event.data);
  const to: unknown = data !== null && typeof data === 'object' && 'to' in data ? data.to : null;
  const id: unknown = to !== null && typeof to === 'object' && 'id' in to ? to.id : null;
  return typeof id === 'string' ? { correspondent: id, sent: true } : null;
}
