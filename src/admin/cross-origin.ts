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
 * Tells whether the request was answered: with 403 to pages of other origins, before anything is done, and with what
 * every `OPTIONS` on a path that exists gets.
 */
export function crossOrigin(deps: CrossOriginDeps, routes: RouteTable) {
  return (request: FastifyRequest, reply: FastifyReply): boolean => {
    if (!letIn(deps, request, reply)) {
      sendProblem(reply, failure('forbidden', 'Pages of this origin are not let in.'));
      return true;
    }
    const methods = request.method === 'OPTIONS' ? routes.methods(request.url) : [];
    if (methods.length === 0) return false;
    reply.header('allow', [...methods, 'OPTIONS'].join(', '));
    if (request.headers.origin !== undefined) {
      reply.header('access-control-allow-methods', methods.join(', '));
      reply.header('access-control-allow-headers', 'Authorization, Content-Type');
      reply.header('access-control-max-age', MAX_AGE_SECONDS);
    }
    reply.code(204).send();
    return true;
  };
}
