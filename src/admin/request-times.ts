/** Tells how long requests took, by route, method and status. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import type { HttpDeps } from './http-deps.ts';

type Observer = ReturnType<HttpDeps['metrics']['httpSeconds']['labels']>;
type TimesDeps = Pick<HttpDeps, 'metrics'>;

/** For every route that is added from now on, and for what no route takes. */
export function measureRequests(app: App, deps: TimesDeps): void {
  app.addHook('onRoute', (route) => {
    const tell = teller(route.url, deps);
    // A route knows its pattern: asking the request for it makes Fastify describe the route anew.
    route.onResponse = [route.onResponse ?? []].flat().concat((request, reply, done) => {
      tell(request.method, request, reply);
      done();
    });
  });
  // By pattern, not by path: what clients make up must not grow the metrics.
  const nowhere = teller('none', deps);
  const methods: ReadonlySet<string> = new Set(app.supportedMethods);
  app.addHook('onResponse', (request, reply, done) => {
    if (request.is404) nowhere(methods.has(request.method) ? request.method : 'other', request, reply);
    done();
  });
}

function teller(route: string, { metrics: { httpSeconds } }: TimesDeps) {
  /** By method, then status. */
  const observers = new Map<string, Map<number, Observer>>();
  return (method: string, request: FastifyRequest, { statusCode: status, elapsedTime: ms }: FastifyReply) => {
    let byStatus = observers.get(method);
    if (byStatus === undefined) {
      byStatus = new Map();
      observers.set(method, byStatus);
    }
    let observer = byStatus.get(status);
    if (observer === undefined) {
      observer = httpSeconds.labels({ method, route, status: String(status) });
      byStatus.set(status, observer);
    }
    observer.observe(ms / 1_000);
    request.log.debug({ req: request, requestId: request.id, status, ms }, 'request');
  };
}
