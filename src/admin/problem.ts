/** Errors over HTTP: problem documents (RFC 9457) from the one table of codes. */
import { STATUS_CODES } from 'node:http';
import { ERROR_CODES } from '../protocol/errors.ts';
import type { ErrorCode, Failure } from '../protocol/errors.ts';

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

/** The part of a reply that a problem needs, whatever the route's own types. */
interface ProblemReply {
  readonly request: { readonly id: string };
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload: unknown): unknown;
}

/** The document for `failure`; `status` where HTTP has a finer one than the table. */
export function problemOf(
  failure: Failure,
  status: number = ERROR_CODES[failure.code].status,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  return {
    type: `urn:hubbub:problem:${failure.code}`,
    title: STATUS_CODES[status] ?? 'Error',
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

/** Answers with a problem document. */
export function sendProblem<Reply extends ProblemReply>(
  reply: Reply,
  failure: Failure,
  status?: number,
  extensions?: Readonly<Record<string, unknown>>,
): Reply {
  const problem = problemOf(failure, status, { ...extensions, request_id: reply.request.id });
  reply.code(problem.status);
  for (const [name, value] of Object.entries(problemHeaders(problem))) reply.header(name, value);
  // As text: the route's own response schema isn't the problem's.
  reply.send(JSON.stringify(problem));
  return reply;
}
