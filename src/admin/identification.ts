/** Who sends a request, and whether they may: decided before anything that was sent is looked at. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../auth/identity.ts';
import type { AuditActor } from '../protocol/audit-act.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import type { HttpDeps } from './http-deps.ts';
import { sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by {@link identified}; null on routes that ask for nobody. */
    identity: Identity | null;
  }
}

/** What {@link identified} needs. */
export type IdentificationDeps = Pick<HttpDeps, 'authenticator' | 'rateLimiter' | 'mono' | 'clientAddress'>;

const BEARER = /^Bearer +([^\s]+) *$/i;

/**
 * An `onRequest` hook: 401 without a token that holds, 403 for who is banned, then 403 unless `may` lets the user, then 429 beyond the user's
 * rate of queries. The handler finds the user by {@link userOf}.
 */
export function identified(deps: IdentificationDeps, may: (user: Principal) => boolean = () => true) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const credential = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (credential === undefined) return sendProblem(reply, failure('unauthorized', 'A token is needed.'));
    const identity = await deps.authenticator.fromBearer(credential, deps.clientAddress(request));
    if (!identity.ok) return sendProblem(reply, identity.failure);
    const { user } = identity.value;
    if (!may(user)) return sendProblem(reply, failure('forbidden', 'This takes a role that you don’t have.'));
    const wait = deps.rateLimiter.take(user.id, 'query', deps.mono());
    if (wait > 0) return sendProblem(reply, failure('rate_limited', 'Too many requests.', wait));
    request.identity = identity.value;
    return undefined;
  };
}

/** The user of a request that passed {@link identified}. */
export function userOf(request: Pick<FastifyRequest, 'identity'>): Principal {
  if (request.identity === null) throw new Error('this route has no identification');
  return request.identity.user;
}

/** Of a request that passed {@link identified}: who an act is kept under. */
export function actorOf(request: Pick<FastifyRequest, 'identity'>): AuditActor {
  const { id, name } = userOf(request);
  return { id, name };
}

/** For {@link identified}: administrators alone. What they do is about all channels, so a token for some of them isn't enough. */
export function isAdmin({ roles, channels }: Principal): boolean {
  return roles.includes('admin') && channels === undefined;
}
