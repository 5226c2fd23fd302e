/** CORS (Fetch standard): who may ask from a web page, the same for every route. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../protocol/errors.ts';
import type { HttpDeps } from './http-deps.ts';
import { sendProblem } from './problem.ts';
import type { RouteTable } from './route-table.ts';

const MAX_AGE_SECONDS = '600';

type CrossOriginDeps = Pick<HttpDeps, 'originAllowed' | 'reachedAt'>;

/**
 * Whether the page that sent this is let in; if so, the answer gets the headers by which the browser shows it to that
 * page. No cookies are used, so none travel.
 */
export function letIn(deps: CrossOriginDeps, request: FastifyRequest, reply: FastifyReply): boolean {
  const { origin } = request.headers;
  reply.header('vary', 'Origin');
  // Without one it is no page: most requests need no closer look.
  if (origin === undefined) return true;
  if (!deps.originAllowed(origin, deps.reachedAt(request).host)) return false;
  reply.header('access-control-allow-origin', origin);
  reply.header('access-control-expose-headers', 'Retry-After, X-Request-Id');
  return true;
}

/**
 * An `onRequest` hook: 403 to pages of other origins before anything is done, and the answer to every `OPTIONS` on a
 * path that exists.
 */
export function crossOrigin(deps: CrossOriginDeps, routes: RouteTable) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (!letIn(deps, request, reply)) {
      return sendProblem(reply, failure('forbidden', 'Pages of this origin are not let in.'));
    }
    const methods = request.method === 'OPTIONS' ? routes.methods(request.url) : [];
    if (methods.length === 0) return undefined;
    reply.header('allow', [...methods, 'OPTIONS'].join(', '));
    if (request.headers.origin !== undefined) {
      reply.header('access-control-allow-methods', methods.join(', '));
      reply.header('access-control-allow-headers', 'Authorization, Content-Type');
      reply.header('access-control-max-age', MAX_AGE_SECONDS);
    }
    return reply.code(204).send();
  };
}
