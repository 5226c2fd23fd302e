/** What a rejected promise of the client carries. */
import { ERROR_CODES, type ErrorCode, type Failure } from '../protocol/errors.ts';

/** Where an error came from. */
export interface ChatErrorOrigin {
  readonly channelId?: string | undefined;
  /** The WebSocket close code that told the client to stop. */
  readonly closeCode?: number | undefined;
}

/**
 * An error of the wire, or one that the client states in the same terms: `unavailable` (closed, no answer, outcome
 * unknown), `overloaded` (outbox full), `not_member` (left before it was done).
 */
export class ChatError extends Error implements Failure {
  readonly code: ErrorCode;
  /** ms after which another try may help. */
  readonly retryAfterMs?: number;
  readonly channelId: string | undefined;
  readonly closeCode: number | undefined;

  constructor(failure: Failure, origin: ChatErrorOrigin = {}) {
    super(failure.message);
    this.name = 'ChatError';
    this.code = failure.code;
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs;
    this.channelId = origin.channelId;
    this.closeCode = origin.closeCode;
  }
}

/** Whether the same request may succeed later. */
export function isRetryable(failure: Failure): boolean {
  return ERROR_CODES[failure.code].retry;
}

/** Reads the `data` of an `error` frame; a code that this client doesn't know becomes `internal`. */
export function readFailure(data: unknown): Failure {
  const { code, message, retryAfterMs } = (typeof data === 'object' && data !== null ? data : {}) as {
    code?: unknown;
    message?: unknown;
    retryAfterMs?: unknown;
  };
  const known = typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
  const text = typeof message === 'string' ? message : 'the server gave no reason';
  return {
    code: known ? (code as ErrorCode) : 'internal',
    message: known ? text : `${String(code)}: ${text}`,
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? { retryAfterMs } : {}),
  };
}
