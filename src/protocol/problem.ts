/** Errors over HTTP: problem documents (RFC 9457) from the one table of codes. */
import { ERROR_CODES } from './errors.ts';
import type { ErrorCode, Failure } from './errors.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** A problem document; members beyond RFC 9457's are ours. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retry_after_ms?: number;
  /** By which the log names the request. */
  readonly request_id?: string;
  readonly [extension: string]: unknown;
}

/**
 * The document for `failure`; `status` where HTTP has a finer one than the table. `titles`: the names of HTTP's statuses.
 */
export function problemDocument(
  failure: Failure,
  titles: Readonly<Record<number, string | undefined>>,
  status: number = ERROR_CODES[failure.code].status,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  return {
    type: `urn:hubbub:problem:${failure.code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: failure.message,
    code: failure.code,
    ...(failure.retryAfterMs === undefined ? {} : { retry_after_ms: failure.retryAfterMs }),
    ...extensions,
  };
}

/** Headers that belong to `problem`. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' };
  if (problem.retry_after_ms !== undefined) {
    // Whole seconds (RFC 9110, section 10.2.3), never before the time has come.
    headers['retry-after'] = String(Math.max(1, Math.ceil(problem.retry_after_ms / 1000)));
  }
  // RFC 9110 demands a challenge with 401; RFC 6750 names it.
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="hubbub"';
  return headers;
}
