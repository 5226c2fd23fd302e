/**
 * Every error code of the wire, in one table: what HTTP answers with it, and whether trying again later can help.
 * `unavailable` always means that the outcome is unknown and a retry is safe.
 */
export const ERROR_CODES = {
  bad_request: { status: 400, retry: false },
  unknown_type: { status: 400, retry: false },
  unauthorized: { status: 401, retry: false },
  forbidden: { status: 403, retry: false },
  not_found: { status: 404, retry: false },
  not_member: { status: 403, retry: false },
  muted: { status: 403, retry: false },
  banned: { status: 403, retry: false },
  rate_limited: { status: 429, retry: true },
  slow_mode: { status: 429, retry: true },
  too_large: { status: 413, retry: false },
  blocked_content: { status: 422, retry: false },
  conflict: { status: 409, retry: false },
  overloaded: { status: 503, retry: true },
  unavailable: { status: 503, retry: true },
  internal: { status: 500, retry: false },
} as const satisfies Record<string, { status: number; retry: boolean }>;

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** An expected failure, passed as a value. `retryAfterMs` is in ms. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** Makes a {@link Failure}. */
export function failure(code: ErrorCode, message: string, retryAfterMs?: number): Failure {
  return retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs };
}

/** Codes for input that no well-made client sends: worth a line in the log, once a connection. */
const BAD_INPUT: ReadonlySet<ErrorCode> = new Set(['bad_request', 'unknown_type', 'too_large']);

/** Remembers which kinds of bad input a connection was logged for, so that nobody can fill the log. */
export class BadInputNotes {
  #noted: Set<ErrorCode> | null = null;

  /** Whether this failure is bad input that wasn't noted before. */
  isNew({ code }: Failure): boolean {
    if (!BAD_INPUT.has(code)) return false;
    this.#noted ??= new Set();
    if (this.#noted.has(code)) return false;
    this.#noted.add(code);
    return true;
  }
}
