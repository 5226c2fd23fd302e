/** Private messages: who may send them, and the ids of their copies. */

/** Who may whisper to a user: anyone, people in one of their channels, nobody. */
export const WHISPER_POLICIES = ['anyone', 'shared', 'nobody'] as const;
export type WhisperPolicy = (typeof WHISPER_POLICIES)[number];

const SENT = ':sent';

/**
 * Id of the copy of whisper `id` in its sender's log: an id stands once over all logs, and on the wire both have the
 * whisper's. A note to oneself has no copy.
 */
export function sentCopyId(id: string): string {
  return id + SENT;
}

/** The whisper's id, from its own or its copy's. */
export function whisperIdOf(eventId: string): string {
  return eventId.endsWith(SENT) ? eventId.slice(0, -SENT.length) : eventId;
}
