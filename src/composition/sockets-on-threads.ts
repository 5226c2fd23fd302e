/** GATEWAYS=n: n threads own the sockets and share the port; main is reached through them alone. */
import { randomInt } from 'node:crypto';
import { leaveClosingToGateways, RELAYED_TIMEOUTS } from '../admin/relay/relayed-app.ts';
import { relayedPeer } from '../admin/relay/relayed-headers.ts';
import { SharedAddressLimiter } from '../cache/shared-address-limiter.ts';
import { fail, ok } from '../protocol/result.ts';
import type { RemoteGatewayControl } from '../threads/gateway-control.ts';
import { GatewayFigures, gatewayFiguresMemory } from '../threads/gateway-figures.ts';
import { GatewayThread } from '../threads/gateway-thread.ts';
import { heapLimitMb } from '../threads/heap-limit.ts';
import { messageTypes } from './gateway-parts.ts';
import type { SessionWriter } from '../gateway/ports/session-store.ts';
import type { GatewayWorkerData } from './gateway-worker-data.ts';
import { listenFailure, probePort, urlOf } from './listening.ts';
import { privateSocket } from './private-socket.ts';
import { buildSupervisor } from './shards.ts';
import {
  CLOSING_MS,
  DRAIN_PATIENCE_MS,
  DRAIN_SPREAD_MS,
  type SocketSide,
  type SocketSurroundings,
} from './socket-side.ts';

/** What a gateway's thread runs. */
export const GATEWAY_ENTRY = new URL('../../workers/gateway.ts', import.meta.url);
/** Another thread has the table of addresses just now: what a dead one had is taken back after so many ms. */
const FORGET_AGAIN_MS = 10;
/** Time for the second round of a drain, when the first took all of it, ms. */
const LEAST_PATIENCE_MS = 500;

/** Nothing listens yet. `entry` is what the gateways' threads run. */
export async function socketsOnThreads(around: SocketSurroundings, entry: URL): Promise<SocketSide> {
  const { config, metrics, logger } = around;
  const socket = await privateSocket();
  const addresses = SharedAddressLimiter.memory(randomInt(2 ** 32));
  const types = messageTypes();
  const memories = Array.from({ length: config.gateways }, () => gatewayFiguresMemory(types));
  const figures = memories.map((memory) => new GatewayFigures(memory, types));
  const common = {
    ...{ config, addresses, databaseUrl: around.databaseUrl, server: around.server },
    ...{ mainSocket: socket.path, rates: around.rates },
  };
  /** Threads that were started, all gateways together; each has a number of its own. */
  let threads = 0;
  const threadOf = new Map<number, number>();
  const writerOf = (thread: number): SessionWriter => ({
    ...around.sessionWriter,
    name: `${around.sessionWriter.run}/${thread}`,
  });
  const forgetAddresses = (thread: number): void => {
    if (SharedAddressLimiter.forget(addresses, thread)) return;
    setTimeout(forgetAddresses, FORGET_AGAIN_MS, thread);
  };
  const supervisor = buildSupervisor(around, {
    gateways: [],
    gatewayThreads: {
      count: config.gateways,
      spawn: (index, incarnation, life) => {
        threads += 1;
        threadOf.set(index, threads);
        const memory = memories[index];
        if (memory === undefined) throw new Error(`there is no gateway ${index}`);
        const data: GatewayWorkerData = {
          ...common,
          ...{ index, incarnation, life, addressThread: threads, figures: memory },
          sessionWriter: writerOf(threads),
          ...(around.tracing === null ? {} : { tracing: around.tracing.forWorker() }),
        };
        return new GatewayThread(entry, data, heapLimitMb(config.shards + config.gateways));
      },
      lost: (index) => {
        figures[index]?.threadEnded();
        const thread = threadOf.get(index);
        if (thread === undefined) return;
        forgetAddresses(thread);
        // What fails now is done when nothing was heard of it for a while.
        void around.sessionStore.close(writerOf(thread).name);
      },
      restarted: (gateway) => {
        metrics.gatewayRestarts.inc({ gateway });
      },
    },
  });
  /** Asks all threads; one that ends or takes too long answers nothing. */
  const ask = async <T>(call: (control: RemoteGatewayControl) => Promise<T>): Promise<T[]> => {
    const answers = await Promise.all(
      figures.map(async (_, gateway) => {
        const control = supervisor.gatewayControl(gateway);
        if (control === null) return [];
        return call(control).then(
          (answer) => [answer],
          (error: unknown) => {
            logger.warn({ gateway, err: error }, 'a gateway did not answer');
            return [];
          },
        );
      }),
    );
    return answers.flat();
  };
  return {
    supervisor,
    peer: relayedPeer,
    timeouts: RELAYED_TIMEOUTS,
    changed: () => undefined,
    caughtUp: async () => {
      await ask((control) => control.catchUp());
    },
    reasons: () => supervisor.gatewaysDown.map((gateway) => `Gateway ${gateway} is being replaced.`),
    requests: () => figures.reduce((sum, { requests }) => sum + requests, 0),
    reports: (isScrape) =>
      Promise.all(
        figures.map(async (counted, gateway) => {
          const asked = supervisor.gatewayControl(gateway)?.levels(isScrape);
          const levels = (await asked?.catch(() => null)) ?? null;
          return { thread: `gateway-${gateway}`, totals: counted.totals(), levels };
        }),
      ),
    analytics: {
      watchers: () => figures.map(({ watchers }) => watchers),
      tell: (gateway, moment, history) => {
        // One that doesn't take it gets the next one.
        void supervisor
          .gatewayControl(gateway)
          ?.tellAnalytics(moment, history)
          .catch(() => undefined);
      },
    },
    sessionsHere: {
      of: async (userId) => {
        const found = await ask((control) => control.sessionsOf(userId));
        return found.flat().sort((one, other) => one.startedAt - other.startedAt);
      },
      end: async (userId, ids) => {
        const ended = await ask((control) => control.endSessions(userId, ids));
        return ended.reduce((sum, count) => sum + count, 0);
      },
    },
    listen: async (http) => {
      leaveClosingToGateways(http);
      await supervisor.start();
      await http.listen({ path: socket.path });
      const free = await probePort(config);
      if (!free.ok) return free;
      const { port } = free.value;
      const code = await supervisor.listen({ host: config.host, port });
      if (code === null) return ok(urlOf(free.value));
      const found = listenFailure(code, { host: config.host, port });
      if (found === null) throw new Error(`gateways can't listen: ${code}`);
      return fail(found);
    },
    drain: async () => {
      supervisor.retireGateways();
      const until = performance.now() + DRAIN_PATIENCE_MS;
      const drain = (): Promise<unknown> =>
        ask((control) => control.drain(Math.max(LEAST_PATIENCE_MS, until - performance.now())));
      // The first round ends all requests, the second brings what they led to to every other gateway.
      await drain();
      await drain();
      await ask((control) => control.sendAway(DRAIN_SPREAD_MS, CLOSING_MS));
    },
    close: async () => {
      supervisor.retireGateways();
      await ask((control) => control.close());
      await socket.remove();
    },
  };
}
