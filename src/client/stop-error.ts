/** What a close code that says "don't come back as you are" means. */
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { ChatError } from './chat-error.ts';

/** The error for `code`, with the server's own words where it gave any. */
export function stopError(code: number, reason: string): ChatError {
  const meaning = meaningOf(code);
  return new ChatError(
    { code: meaning.code, message: reason === '' ? meaning.message : reason },
    { closeCode: code },
  );
}

function meaningOf(code: number): { readonly code: ErrorCode; readonly message: string } {
  switch (code) {
    case CLOSE_CODES.tokenExpired:
      return { code: 'unauthorized', message: 'the token has expired' };
    case CLOSE_CODES.banned:
      return { code: 'banned', message: 'banned from this server' };
    case CLOSE_CODES.revoked:
      return { code: 'unauthorized', message: 'the token was revoked' };
    case CLOSE_CODES.identityTimeout:
      return { code: 'unauthorized', message: 'no identity was given in time' };
    case CLOSE_CODES.policy:
      return { code: 'rate_limited', message: 'limits were broken again and again' };
    case CLOSE_CODES.unauthorized:
      return { code: 'unauthorized', message: 'the server does not know this identity' };
    default:
      return { code: 'unauthorized', message: 'the server closed the connection' };
  }
}
