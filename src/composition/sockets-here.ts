/** GATEWAYS=0: the main thread owns the sockets. */
import type { AddressInfo } from 'node:net';
import { AddressLimiter } from '../cache/address-limiter.ts';
import { fail, ok } from '../protocol/result.ts';
import { PostgresDirectory } from '../storage/postgres-directory.ts';
import { portOf } from '../threads/batch-port.ts';
import { gatewayFiguresMemory } from '../threads/gateway-figures.ts';
import { buildGatewayParts, messageTypes, sendAway } from './gateway-parts.ts';
import { errorCode, LISTEN_BACKLOG, listenFailure, urlOf } from './listening.ts';
import { buildReportQueue } from './report-queue.ts';
import { requestOrigins, socketPeer } from './request-origins.ts';
import { buildSanctions } from './sanctions.ts';
import { buildSupervisor } from './shards.ts';
import {
  CLOSING_MS,
  DRAIN_PATIENCE_MS,
  DRAIN_SPREAD_MS,
  type SocketSide,
  type SocketSurroundings,
} from './socket-side.ts';

/** Nothing listens yet. */
export function socketsHere(around: SocketSurroundings): SocketSide {
  const { config, server, identity, feed, limiter, special, logger, search, stores } = around;
  let draining = false;
  const { gateway, upgrades, figures, sessionRecorder } = buildGatewayParts({
    ...{ index: 0, config, server, limiter, special, logger, search },
    authenticator: identity.authenticator,
    directory: new PostgresDirectory(stores.database),
    sanctions: buildSanctions(stores.database, () => feed.catchUp()),
    reports: buildReportQueue(stores.database, config),
    addresses: new AddressLimiter(config.maxConnectionsPerAddress),
    origins: requestOrigins(config, socketPeer),
    figures: gatewayFiguresMemory(messageTypes()),
    sessionStore: around.sessionStore,
    sessionWriter: around.sessionWriter,
    tracer: around.tracing?.tracer ?? null,
    draining: () => draining,
  });
  const supervisor = buildSupervisor(around, {
    gateways: [
      {
        index: 0,
        connectShard: (shard, port) => {
          gateway.connectShard(shard, portOf(port));
        },
        disconnectShard: (shard) => {
          gateway.disconnectShard(shard);
        },
      },
    ],
  });
  return {
    supervisor,
    peer: socketPeer,
    changed: () => {
      gateway.reconsiderSessions();
    },
    caughtUp: async () => undefined,
    reasons: () => [],
    requests: () => figures.requests,
    reports: async () => {
      // Main's own lag and memory are told beside it.
      const loopLag = { p50Ms: 0, p99Ms: 0, maxMs: 0 };
      const memory = { heapBytes: 0, externalBytes: 0 };
      const { socketBacklogBytes, slowSockets } = gateway;
      const sessionsDropped = sessionRecorder.dropped;
      const levels = { socketBacklogBytes, slowSockets, sessionsDropped, loopLag, memory };
      return [{ thread: null, totals: figures.totals(), levels }];
    },
    analytics: {
      watchers: () => [figures.watchers],
      tell: (_gateway, moment, history) => {
        gateway.analytics.tell(moment, history);
      },
    },
    sessionsHere: {
      of: async (userId) => gateway.sessionsOf(userId),
      end: async (userId, ids) => gateway.endSessions(userId, ids),
    },
    listen: async (http) => {
      http.server.on('upgrade', (request, socket, head) => {
        void upgrades.handle(request, socket, head);
      });
      await supervisor.start();
      const { host, port } = config;
      try {
        await http.listen({ host, port, backlog: LISTEN_BACKLOG });
      } catch (error) {
        const found = listenFailure(errorCode(error), config);
        if (found === null) throw error;
        return fail(found);
      }
      return ok(urlOf(http.server.address() as AddressInfo));
    },
    drain: async () => {
      draining = true;
      await gateway.drain(DRAIN_PATIENCE_MS);
      await sendAway(gateway, DRAIN_SPREAD_MS, CLOSING_MS);
    },
    close: async () => {
      gateway.close();
      await sessionRecorder.stop();
    },
  };
}
