/** What HTTP demands of a request beyond what Node's parser looks at. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import { hostProblem } from '../protocol/request-head.ts';
import { sendProblem } from './problem.ts';

/** Longest request target, code units (RFC 9112, section 3, asks for at least 8,000). */
const MAX_TARGET_LENGTH = 8_192;

/** Whether the request was refused: 414 for an endless target, 400 for what {@link hostProblem} finds. */
export function refuseUnsound(request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.originalUrl.length > MAX_TARGET_LENGTH) {
    sendProblem(reply, failure('bad_request', 'This address is too long.'), 414);
    return true;
  }
  const unsound = hostProblem(request.raw);
  if (unsound === null) return false;
  sendProblem(reply, unsound);
  return true;
}
