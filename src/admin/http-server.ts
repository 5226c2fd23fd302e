/** The HTTP side of the server: one plugin a resource, on the port that the gateway takes its upgrades from. */
import { LogController, fastify } from 'fastify';
import type { App } from './app.ts';
import { crossOrigin } from './cross-origin.ts';
import type { HttpDeps } from './http-deps.ts';
import { nothingThere, refuse, refuseConnection } from './refusals.ts';
import { RouteTable } from './route-table.ts';
import { accountRoutes } from './routes/accounts.ts';
import { channelRoutes } from './routes/channels.ts';
import { chatRoomRoutes } from './routes/chat-rooms.ts';
import { clientFileRoutes } from './routes/client-file.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { meRoutes } from './routes/me.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { describeApi, openApiRoutes } from './routes/openapi.ts';
import { pageRoutes } from './routes/page.ts';
import { revocationRoutes } from './routes/revocations.ts';
import { createSchemaCompiler } from './schema-compiler.ts';

export type { HttpDeps } from './http-deps.ts';

/** Largest body, bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** Time for a request's head, and for all of it, ms. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const CHECK_INTERVAL_MS = 5_000;
const KEEP_ALIVE_MS = 65_000;
/** Longest part of a path, code units; a channel's id may come percent-encoded. */
const MAX_PARAMETER_LENGTH = 512;
const API_VERSION = '1';

const RESOURCES = [
  healthRoutes,
  metricsRoutes,
  discoveryRoutes,
  accountRoutes,
  meRoutes,
  channelRoutes,
  chatRoomRoutes,
  historyRoutes,
  oidcRoutes,
  openApiRoutes,
  revocationRoutes,
  clientFileRoutes,
  pageRoutes,
] as const;

/**
 * Builds the application; the caller listens and closes. `app.server` is Node's server, whose `upgrade` event is the
 * gateway's.
 */
export function buildHttpServer(deps: HttpDeps): App {
  const routes = new RouteTable();
  const app: App = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.newId(),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      // Who offers HTTP/2 (`Upgrade: h2c`) is answered in HTTP/1.1, RFC 9110, section 7.8.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      void refuse(error, request, reply);
    },
  });
  app.setValidatorCompiler(createSchemaCompiler());
  app.setErrorHandler(refuse);
  app.setNotFoundHandler(nothingThere(routes));
  // JSON is the only body that any route takes.
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('identity', null);
  app.addHook('onRoute', (route) => {
    routes.add(route);
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  app.addHook('onRequest', crossOrigin(deps.originAllowed, routes));
  measure(app, deps);
  describeApi(app, deps.server.name, API_VERSION);
  for (const resource of RESOURCES) {
    app.register(async (scope: App) => {
      resource(scope, deps);
    });
  }
  return app;
}

function measure(app: App, { metrics }: Pick<HttpDeps, 'metrics'>): void {
  app.addHook('onResponse', async (request, reply) => {
    const { elapsedTime, statusCode } = reply;
    // By pattern, not by path: what clients make up must not grow the metrics.
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const method = app.supportedMethods.includes(request.method) ? request.method : 'other';
    metrics.httpSeconds.observe({ method, route, status: String(statusCode) }, elapsedTime / 1000);
    request.log.debug({ req: request, status: statusCode, ms: elapsedTime }, 'request');
  });
}
