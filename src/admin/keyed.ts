/** Which program sends a request, and whether its key is for that: decided before anything that was sent is looked at. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKey, ApiKeyScope } from '../auth/api-key-store.ts';
import { paceOf } from '../cache/rate-limiter.ts';
import type { AuditActor } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import type { HttpDeps } from './http-deps.ts';
import { sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by {@link keyed}; null on all other routes. */
    apiKey: ApiKey | null;
  }
}

const BEARER = /^Bearer +([^\s]+) *$/i;
/** A key that was at rest may be used so many seconds' worth at once. */
const BURST_SECONDS = 10;

/** What {@link keyed} needs. */
export type KeyedDeps = Pick<HttpDeps, 'apiKeys' | 'rateLimiter' | 'mono'>;

/** An `onRequest` hook: 401 without a key that holds, then 403 for one that isn't for `scope`, then 429 beyond the key's rate. */
export function keyed({ apiKeys, rateLimiter, mono }: KeyedDeps, scope: ApiKeyScope) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const credential = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (credential === undefined) return sendProblem(reply, failure('unauthorized', 'An API key is needed.'));
    const key = await apiKeys.prove(credential);
    if (!key.ok) return sendProblem(reply, key.failure);
    if (!key.value.scopes.includes(scope)) {
      return sendProblem(reply, failure('forbidden', `This key is not for ${scope}.`));
    }
    const { id, requestsPerSecond } = key.value;
    const pace = paceOf({ limit: requestsPerSecond * BURST_SECONDS, windowMs: BURST_SECONDS * 1_000 });
    // As of a place of its own: users may have ids that look like this one.
    const wait = rateLimiter.take(`key:${id}`, 'query', mono(), { pace, channelId: '/server' });
    if (wait > 0)
      return sendProblem(reply, failure('rate_limited', 'Too many requests with this key.', wait));
    request.apiKey = key.value;
    return undefined;
  };
}

/** The key of a request that passed {@link keyed}. */
export function keyOf({ apiKey }: Pick<FastifyRequest, 'apiKey'>): ApiKey {
  if (apiKey === null) throw new Error('this route asks for no key');
  return apiKey;
}

/** Who an act of such a request is kept under: the key. */
export function programOf(request: Pick<FastifyRequest, 'apiKey'>): AuditActor {
  const { id, name } = keyOf(request);
  return { id: `key:${id}`, name };
}
