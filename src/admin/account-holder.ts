/** For routes of those whose account this server keeps. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GUEST_ISSUER } from '../auth/guests.ts';
import { failure } from '../protocol/errors.ts';
import { sendProblem } from './problem.ts';

/** An `onRequest` hook behind `identified`: 403 for guests and for users of other issuers, and where to turn instead. */
export async function accountHolder(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const { identity } = request;
  if (identity === null) throw new Error('this route has no identification');
  if (identity.account) return undefined;
  const why =
    identity.issuer === GUEST_ISSUER
      ? 'A guest has no account: the name is what was asked for in hello. Register to have one.'
      : `Your name, picture and password are kept by ${identity.issuer}: change them there.`;
  return sendProblem(reply, failure('forbidden', why));
}
