/** Why a connection ended, in words. */
import type { ConnectionClosed } from '../../../src/client/link.ts';
import { CLOSE_CODES } from '../../../src/protocol/close-codes.ts';

const WORDS: ReadonlyMap<number, string> = new Map([
  [CLOSE_CODES.tokenExpired, 'Your sign-in is being renewed'],
  [CLOSE_CODES.overloaded, 'The server is very busy'],
  [CLOSE_CODES.unavailable, 'The server cannot work right now'],
  [CLOSE_CODES.draining, 'The server is restarting'],
  [CLOSE_CODES.tooSlow, 'This connection was too slow to keep up'],
  [CLOSE_CODES.handoverFailed, 'The server could not move your connection'],
]);

/** `wasOnline`: the connection had been ready. */
export function connectionWords({ code }: Pick<ConnectionClosed, 'code'>, wasOnline: boolean): string {
  return WORDS.get(code) ?? (wasOnline ? 'The connection was lost' : 'The server cannot be reached');
}
