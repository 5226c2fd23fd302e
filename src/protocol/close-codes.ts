import { utf8Length } from './text.ts';

/**
 * WebSocket close codes. The range says what a client does: 40xx don't reconnect as you are, 41xx reconnect with
 * backoff, 42xx reconnect and resume. 1002, 1007 and 1009 are RFC 6455's for broken frames.
 */
export const CLOSE_CODES = {
  unauthorized: 4001,
  tokenExpired: 4002,
  banned: 4003,
  revoked: 4004,
  identityTimeout: 4005,
  policy: 4008,
  overloaded: 4100,
  unavailable: 4101,
  draining: 4200,
  tooSlow: 4201,
  handoverFailed: 4202,
} as const;

/** Bytes of a reason (RFC 6455, section 5.5: 125 less the code). */
const MAX_REASON_BYTES = 123;

/** `text` as a reason of a close: as much of it as there is room for. */
export function closeReason(text: string): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > MAX_REASON_BYTES) break;
    length += character.length;
  }
  return text.slice(0, length);
}

/** What a client does after a close. */
export type AfterClose = 'stop' | 'reconnect-with-backoff' | 'resume';

/** What the range of `code` tells a client; codes outside 4000–4299 (network failures among them) mean backoff. */
export function afterClose(code: number): AfterClose {
  if (code >= 4000 && code <= 4099) return 'stop';
  if (code >= 4200 && code <= 4299) return 'resume';
  return 'reconnect-with-backoff';
}
