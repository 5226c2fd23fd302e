/** Why the page is signed out, in words. */
import type { ChatError } from '../../../src/client/chat-error.ts';
import { CLOSE_CODES } from '../../../src/protocol/close-codes.ts';

const WORDS: ReadonlyMap<number, string> = new Map([
  [CLOSE_CODES.tokenExpired, 'Your sign-in has ended. Please sign in again.'],
  [CLOSE_CODES.banned, 'You are banned from this server.'],
  [CLOSE_CODES.revoked, 'Your sign-in was ended. Please sign in again.'],
  [CLOSE_CODES.identityTimeout, 'The server did not hear in time who you are. Try again.'],
  [CLOSE_CODES.policy, 'You were disconnected for breaking the limits again and again.'],
]);

/** Close codes after which the same identity would be refused again. */
const USELESS: ReadonlySet<number> = new Set([
  CLOSE_CODES.unauthorized,
  CLOSE_CODES.tokenExpired,
  CLOSE_CODES.revoked,
]);

const UNAUTHORIZED = {
  guest: 'The server does not take this sign-in. Guests may not be welcome: log in or register.',
  account: 'Your sign-in has ended. Please log in again.',
  issuer: 'Your sign-in has ended. Please sign in again.',
} as const;

/** What to tell the reader; `closeReason` is what the server gave with the close code. */
export function stopReason(
  error: ChatError,
  closeReason: string,
  identity: 'guest' | 'account' | 'issuer',
): string {
  if (error.closeCode === CLOSE_CODES.unauthorized) return UNAUTHORIZED[identity];
  const words = error.closeCode === undefined ? undefined : WORDS.get(error.closeCode);
  if (words === undefined) return `You are signed out: ${error.message}.`;
  // A single word is an error code, which tells people nothing new.
  return closeReason.includes(' ') ? `${words} (${closeReason})` : words;
}

/** Whether the identity should be forgotten. */
export function isUseless(error: ChatError): boolean {
  return error.closeCode === undefined ? error.code === 'unauthorized' : USELESS.has(error.closeCode);
}
