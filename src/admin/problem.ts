/** Problem documents (RFC 9457) as answers. */
import { STATUS_CODES } from 'node:http';
import type { Failure } from '../protocol/errors.ts';
import { problemDocument, problemHeaders } from '../protocol/problem.ts';
import type { Problem } from '../protocol/problem.ts';

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
  status?: number,
  extensions?: Readonly<Record<string, unknown>>,
): Problem {
  return problemDocument(failure, STATUS_CODES, status, extensions);
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
