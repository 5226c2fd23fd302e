/** What HTTP demands of a request beyond what Node's parser looks at. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { headProblem } from '../protocol/request-head.ts';
import { sendProblem } from './problem.ts';

/** Whether the request was refused for its head, see {@link headProblem}. */
export function refuseUnsound(request: FastifyRequest, reply: FastifyReply): boolean {
  const problem = headProblem(request.originalUrl, request.raw);
  if (problem === null) return false;
  sendProblem(reply, problem.failure, problem.status);
  return true;
}
