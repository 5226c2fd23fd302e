/** The HTTP side of the server: one plugin a resource, on the port that the gateway takes its upgrades from. */
import { LogController, fastify } from 'fastify';
import type { FastifyBaseLogger, RouteOptions } from 'fastify';
import type { App } from './app.ts';
import { crossOrigin, letIn } from './cross-origin.ts';
import { HTTP_TIMEOUTS, KEEP_ALIVE_MS, boundServer, nodeServerOptions } from './http-bounds.ts';
import type { HttpDeps } from './http-deps.ts';
import { takeJsonBodies } from './json-body.ts';
import { lazySerializers } from './lazy-serializers.ts';
import { nothingThere, refuse, refuseConnection, refuseExpectation } from './refusals.ts';
import { routedTarget } from './request-target.ts';
import { measureRequests } from './request-times.ts';
import { RouteTable } from './route-table.ts';
import { accountRoutes } from './routes/accounts.ts';
import { activityRoutes } from './routes/activity.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { banRoutes } from './routes/bans.ts';
import { automodRoutes } from './routes/automod.ts';
import { channelRoutes } from './routes/channels.ts';
import { channelMemberRoutes } from './routes/channel-members.ts';
import { chatRoomRoutes } from './routes/chat-rooms.ts';
import { clientFileRoutes } from './routes/client-file.ts';
import { decisionHookRoutes } from './routes/decision-hooks.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { docsRoutes } from './routes/docs.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { exportRoutes } from './routes/exports.ts';
import { healthRoutes } from './routes/health.ts';
import { historyRoutes } from './routes/history.ts';
import { liveSessionRoutes } from './routes/live-sessions.ts';
import { meRoutes } from './routes/me.ts';
import { messageDeletionRoutes } from './routes/message-deletions.ts';
import { messageRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { muteRoutes } from './routes/mutes.ts';
import { noteRoutes } from './routes/notes.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { describeApi, openApiRoutes } from './routes/openapi.ts';
import { pageRoutes } from './routes/page.ts';
import { rateLimitRoutes } from './routes/rate-limits.ts';
import { reportRoutes } from './routes/reports.ts';
import { revocationRoutes } from './routes/revocations.ts';
import { serverRoutes } from './routes/server.ts';
import { serverMessageRoutes } from './routes/server-messages.ts';
import { serverUserRoutes } from './routes/server-users.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { whisperRoutes } from './routes/whispers.ts';
import { createSchemaCompiler } from './schema-compiler.ts';
import { securityHeaders } from './security-headers.ts';
import { refuseUnsound } from './sound-request.ts';
import { traceRequests } from './trace-requests.ts';

export type { HttpDeps } from './http-deps.ts';

/** Largest body, bytes. */
const MAX_BODY_BYTES = 64 * 1024;
/** Longest part of a path, code units; a channel's id may come percent-encoded. */
const MAX_PARAMETER_LENGTH = 512;
const API_VERSION = '1';

/** Plugins by the group under which the description lists their routes. */
const RESOURCES = [
  {
    tag: { name: 'server', description: 'The server itself: whether it works, and where things are' },
    plugins: [healthRoutes, metricsRoutes, discoveryRoutes, openApiRoutes],
  },
  {
    tag: {
      name: 'accounts',
      description: 'Accounts of this server, tokens, and logging in with other issuers',
    },
    plugins: [accountRoutes, meRoutes, oidcRoutes],
  },
  {
    tag: { name: 'channels', description: 'Channels, who is in them, and what was said' },
    plugins: [
      channelRoutes,
      channelMemberRoutes,
      chatRoomRoutes,
      historyRoutes,
      messageRoutes,
      messageDeletionRoutes,
    ],
  },
  {
    tag: { name: 'whispers', description: "One's own private messages" },
    plugins: [whisperRoutes],
  },
  {
    tag: { name: 'moderation', description: 'For moderators and administrators' },
    plugins: [
      banRoutes,
      muteRoutes,
      automodRoutes,
      reportRoutes,
      noteRoutes,
      rateLimitRoutes,
      liveSessionRoutes,
    ],
  },
  {
    tag: {
      name: 'activity',
      description: 'Who was here, and what was said where: for moderators and administrators',
    },
    plugins: [activityRoutes],
  },
  {
    tag: { name: 'administration', description: 'For administrators; of oneself, exports are for everybody' },
    plugins: [
      serverRoutes,
      revocationRoutes,
      userRoutes,
      auditRoutes,
      apiKeyRoutes,
      webhookRoutes,
      decisionHookRoutes,
      exportRoutes,
      erasureRoutes,
    ],
  },
  {
    tag: { name: 'server-api', description: 'For other programs, with API keys' },
    plugins: [serverMessageRoutes, serverUserRoutes],
  },
  { tag: null, plugins: [docsRoutes, clientFileRoutes, pageRoutes] },
] as const;

/**
 * Builds the application; the caller listens and closes. `app.server` is Node's server, whose `upgrade` event is the
 * gateway's.
 */
export function buildHttpServer(deps: HttpDeps): App {
  const routes = new RouteTable();
  const headers = securityHeaders(deps.publicUrl);
  const timeouts = deps.timeouts ?? HTTP_TIMEOUTS;
  const app: App = fastify({
    loggerInstance: oneForAll(deps.logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => deps.newId(),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: timeouts.request,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: nodeServerOptions(timeouts),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    rewriteUrl: ({ url }) => routedTarget(url ?? '/', routes),
    schemaController: { compilersFactory: { buildSerializer: lazySerializers() } },
    clientErrorHandler: refuseConnection(headers),
    // What the router can't even read comes by no hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ 'x-request-id': request.id, ...headers });
      letIn(deps, request, reply);
      void refuse(error, request, reply);
    },
  });
  boundServer(app.server);
  app.server.on('checkExpectation', refuseExpectation(headers));
  app.setValidatorCompiler(createSchemaCompiler());
  app.setErrorHandler(refuse);
  const absent = nothingThere(routes);
  app.setNotFoundHandler(absent);
  takeJsonBodies(app);
  app.decorateRequest('identity', null);
  app.decorateRequest('apiKey', null);
  app.addHook('onRoute', (route) => {
    routes.add(route);
  });
  const refuseForeign = crossOrigin(deps, routes);
  // Before anything is refused.
  if (deps.tracing != null) traceRequests(app, deps.tracing);
  // One hook, which calls back: promises of several would cost more than what most requests ask for.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(headers);
    if (refuseForeign(request, reply) || refuseUnsound(request, reply)) return;
    // Before a body is looked at: where nothing is, its type doesn't matter.
    if (request.is404) absent(request, reply);
    else done();
  });
  measureRequests(app, deps);
  const tags = RESOURCES.flatMap(({ tag }) => (tag === null ? [] : [tag]));
  describeApi(app, deps.server.name, API_VERSION, tags);
  for (const { tag, plugins } of RESOURCES) {
    for (const plugin of plugins) {
      app.register(async (scope: App) => {
        if (tag !== null) scope.addHook('onRoute', tagged(tag.name));
        plugin(scope, deps);
      });
    }
  }
  return app;
}

function tagged(tag: string) {
  return (route: RouteOptions): void => {
    route.schema = { ...route.schema, tags: [tag] };
  };
}

/** Making a child for every request costs a lot, and most write nothing: who writes names the request's id. */
function oneForAll(logger: FastifyBaseLogger): FastifyBaseLogger {
  const shared = Object.create(logger) as FastifyBaseLogger;
  shared.child = () => shared;
  return shared;
}
