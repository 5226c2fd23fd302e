/** CORS (Fetch standard): answers for pages of other origins, as far as the settings allow them. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { HttpDeps } from './http-deps.ts';
import { sendProblem } from './problem.ts';
import type { RouteTable } from './route-table.ts';

const MAX_AGE_SECONDS = '600';

/** An `onRequest` hook: CORS headers, and every `OPTIONS` on a path that exists. No cookies are used, so none travel. */
export function crossOrigin(originAllowed: HttpDeps['originAllowed'], routes: RouteTable) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { origin, host } = request.headers;
    const allowed = originAllowed(origin, host);
    reply.header('vary', 'Origin');
    if (origin !== undefined && allowed) {
      reply.header('access-control-allow-origin', origin);
      reply.header('access-control-expose-headers', 'Retry-After, X-Request-Id');
    }
    if (request.method !== 'OPTIONS') return undefined;
    const methods = routes.methods(request.url);
    if (methods.length === 0) return undefined;
    if (origin !== undefined && !allowed) {
      return sendProblem(reply, failure('forbidden', 'Pages of this origin are not let in.'));
    }
    reply.header('allow', [...methods, 'OPTIONS'].join(', '));
    if (origin !== undefined) {
      reply.header('access-control-allow-methods', methods.join(', '));
      reply.header('access-control-allow-headers', 'Authorization, Content-Type');
      reply.header('access-control-max-age', MAX_AGE_SECONDS);
    }
    return reply.code(204).send();
  };
}
