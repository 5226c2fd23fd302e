/** What a gateway's thread consists of, and how main steers it. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { buildGatewayHttp } from '../admin/relay/gateway-http.ts';
import { Relay } from '../admin/relay/relay.ts';
import { securityHeaders } from '../admin/security-headers.ts';
import { SharedAddressLimiter } from '../cache/shared-address-limiter.ts';
import { SharedRateLimiter } from '../cache/shared-rate-limiter.ts';
import { SpecialLimits } from '../cache/special-limits.ts';
import type { Logger } from '../observability/logger.ts';
import { Database } from '../storage/database.ts';
import { createPool } from '../storage/pool.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { PostgresSessions } from '../storage/postgres-sessions.ts';
import { PostgresServerName } from '../storage/postgres-server-name.ts';
import { PostgresRateLimitSettings } from '../storage/postgres-rate-limit-settings.ts';
import { portOf } from '../threads/batch-port.ts';
import { EventLoopLag } from '../threads/event-loop-lag.ts';
import { threadMemory } from '../threads/thread-memory.ts';
import type { Tracer } from '../threads/tracer.ts';
import { workerTracer } from '../threads/worker-tracing.ts';
import type { GatewayControl, ListenAddress } from '../threads/gateway-control.ts';
import { buildGatewayParts, type GatewayParts, sendAway } from './gateway-parts.ts';
import type { GatewayWorkerData } from './gateway-worker-data.ts';
import { buildIdentity, type IdentityParts } from './identity.ts';
import { errorCode, LISTEN_BACKLOG } from './listening.ts';
import { followRateLimits, type FollowedLimits } from './rate-limits.ts';
import { type FollowedName, followServerName } from './server-name.ts';
import { buildReportQueue } from './report-queue.ts';
import { requestOrigins, socketPeer } from './request-origins.ts';
import { buildSanctions } from './sanctions.ts';
import { openSearch, type OpenSearch } from './search.ts';
import { followSecurity, type SecurityFeed } from './security-feed.ts';
import { type UsedValkey, useValkey } from './valkey.ts';

/** Connections to the database: a few small reads and writes at a time. */
const DATABASE_CONNECTIONS = 3;
const DATABASE_AGAIN_MS = 500;
const NO_FIGURES = { command: () => undefined, failed: () => undefined };
/** Requests that are under way may go on for so long when the server goes down, ms. */
const CLOSING_MS = 2_000;

/** Everything that there is once the thread has begun. */
interface Running extends Pick<GatewayParts, 'gateway' | 'sessionRecorder'> {
  readonly http: Server;
  readonly relay: Relay;
  readonly feed: SecurityFeed;
  readonly limits: FollowedLimits;
  readonly serverName: FollowedName;
  readonly identity: IdentityParts;
  readonly database: Database;
  readonly search: OpenSearch;
  /** Null: there is none to be used. */
  readonly valkey: UsedValkey | null;
  /** Null: nothing is recorded. */
  readonly tracer: Tracer | null;
}

/** The control plane; nothing is built before `begin`. */
export function gatewayServer(data: GatewayWorkerData, logger: Logger): GatewayControl {
  const lag = new EventLoopLag();
  let begun: Promise<Running> | null = null;
  let running: Running | null = null;
  let listening: Promise<string | null> | null = null;
  let draining = false;
  const begin = async (): Promise<void> => {
    begun ??= build(data, logger, () => draining);
    running = await begun;
  };
  return {
    begin,
    connectShard: (index, port) => {
      running?.gateway.connectShard(index, portOf(port));
    },
    disconnectShard: (index) => {
      running?.gateway.disconnectShard(index);
    },
    listen: async (at) => {
      if (running === null) throw new Error('a gateway listens when it has begun');
      listening ??= listen(running.http, at);
      return listening;
    },
    catchUp: async () => {
      // Who has not begun to look yet will see everything with the first look.
      const parts = await begun;
      await Promise.all([parts?.feed.catchUp(), parts?.limits.catchUp(), parts?.serverName.catchUp()]);
    },
    sessionsOf: (userId) => running?.gateway.sessionsOf(userId) ?? [],
    endSessions: (userId, ids) => running?.gateway.endSessions(userId, ids) ?? 0,
    tellAnalytics: (moment, history) => {
      running?.gateway.analytics.tell(moment, history);
    },
    levels: (isScrape) => ({
      socketBacklogBytes: running?.gateway.socketBacklogBytes ?? 0,
      sessionsDropped: running?.sessionRecorder.dropped ?? 0,
      slowSockets: running?.gateway.slowSockets ?? 0,
      loopLag: isScrape ? lag.read() : lag.look(),
      memory: threadMemory(),
    }),
    drain: async (patienceMs) => {
      draining = true;
      await running?.gateway.drain(patienceMs);
    },
    sendAway: async (spreadMs, patienceMs) => {
      if (running !== null) await sendAway(running.gateway, spreadMs, patienceMs);
    },
    close: async () => {
      draining = true;
      lag.close();
      if (running !== null) await close(running);
    },
  };
}

async function build(data: GatewayWorkerData, logger: Logger, draining: () => boolean): Promise<Running> {
  const { config, databaseUrl: connectionString, index } = data;
  const pool = createPool({
    ...{ connectionString, logger },
    applicationName: 'hubbub gateway',
    max: DATABASE_CONNECTIONS,
  });
  const database = new Database(pool, logger);
  const identity = await untilBuilt(data, database, logger);
  let following: SecurityFeed | null = null;
  const search = openSearch(connectionString, logger);
  const special = new SpecialLimits();
  // Main configures what holds for everybody, in memory that is shared.
  const settings = new PostgresRateLimitSettings(database);
  const limits = await followRateLimits(settings, { special }, config.rateLimit);
  const names = new PostgresServerName(database);
  const serverName = await followServerName(names, data.server.id, config.serverName);
  const rates = SharedRateLimiter.attach(data.rates);
  const valkey = valkeyOf(data, rates, logger);
  const tracer = data.tracing === undefined ? null : workerTracer(data.tracing);
  const { gateway, upgrades, sessionRecorder } = buildGatewayParts({
    ...{ index, config, server: serverName.server, logger, draining },
    authenticator: identity.authenticator,
    directory: new PostgresDirectory(database),
    sanctions: buildSanctions(database, async () => following?.catchUp()),
    search: search.search,
    reports: buildReportQueue(database, config),
    special,
    limiter: valkey?.limiter ?? rates,
    addresses: new SharedAddressLimiter(data.addresses, data.addressThread, config.maxConnectionsPerAddress),
    origins: requestOrigins(config, socketPeer),
    figures: data.figures,
    sessionStore: new PostgresSessions(database),
    sessionWriter: data.sessionWriter,
    tracer,
  });
  const changes = {
    changed: () => {
      gateway.reconsiderSessions();
      valkey?.hints.tell();
    },
    keysChanged: async () => {
      // What fails now is made up for by the first token of a key that isn't known.
      await identity.keys.reload();
    },
  };
  const never = new AbortController().signal;
  const feed = await followSecurity(identity.security, identity.standings, changes, never);
  if (feed === null) throw new Error('nobody ended the wait for the first look');
  following = feed;
  const headers = securityHeaders(config.publicUrl);
  const relay = new Relay({ socketPath: data.mainSocket, headers, logger, newId: () => randomUUID() });
  const http = buildGatewayHttp({ relay, headers });
  http.on('upgrade', (request, socket, head) => {
    void upgrades.handle(request, socket, head);
  });
  return {
    ...{ gateway, sessionRecorder, http, relay, feed, limits, serverName },
    ...{ identity, database, search, valkey, tracer },
  };
}

function valkeyOf(
  { config, server, sessionWriter }: GatewayWorkerData,
  rates: SharedRateLimiter,
  logger: Logger,
): UsedValkey | null {
  if (config.valkeyUrl === undefined) return null;
  const place = { url: config.valkeyUrl, serverId: server.id, thread: sessionWriter.name };
  // Main's figures tell of Valkey.
  return useValkey({ ...place, rates, logger, recorder: NO_FIGURES });
}

async function untilBuilt(
  { config, server }: GatewayWorkerData,
  database: Database,
  logger: Logger,
): Promise<IdentityParts> {
  for (;;) {
    const identity = await buildIdentity(config, { database, instance: server }, logger);
    if (identity.ok) return identity.value;
    if (identity.failure.code !== 'unavailable') throw new Error(identity.failure.message);
    logger.warn({ reason: identity.failure.message }, 'waiting for PostgreSQL before taking sockets');
    await pause(DATABASE_AGAIN_MS);
  }
}

async function listen(http: Server, { host, port }: ListenAddress): Promise<string | null> {
  return new Promise((resolve) => {
    http.once('error', (error) => {
      resolve(errorCode(error) ?? error.message);
    });
    http.listen({ host, port, backlog: LISTEN_BACKLOG, reusePort: true }, () => {
      resolve(null);
    });
  });
}

async function close(running: Running): Promise<void> {
  const { gateway, http, relay, feed, limits, serverName, identity, database, search } = running;
  gateway.close();
  running.tracer?.flush();
  feed.stop();
  limits.stop();
  serverName.stop();
  const closed = new Promise<void>((resolve) => {
    http.close(() => {
      resolve();
    });
  });
  http.closeIdleConnections();
  const late = setTimeout(() => {
    http.closeAllConnections();
  }, CLOSING_MS);
  await closed;
  clearTimeout(late);
  relay.close();
  await identity.stop();
  await search.close();
  running.valkey?.close();
  await running.sessionRecorder.stop();
  await database.close();
}
