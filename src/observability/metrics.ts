/** The main thread's figures for Prometheus; what shards count is joined to them where /metrics is answered. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { TypeCounter } from './type-counter.ts';

/** What a gateway tells of this moment. */
export interface GatewayLevels {
  readonly connections: number;
  /** Bytes that wait in all sockets. */
  readonly socketBacklogBytes: number;
}

/** The main thread's figures. */
export interface Metrics {
  readonly registry: Registry;
  /** Frames that clients sent, by type of the registry (others as `unknown`). */
  readonly messagesIn: TypeCounter;
  /** Frames that were written to sockets, by type; one for each socket. */
  readonly messagesOut: TypeCounter;
  /** Connections closed, by close code. */
  readonly closes: TypeCounter;
  readonly shardRestarts: Counter<'shard'>;
  readonly shardsUnanswered: Counter;
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  /** Where gateway figures come from; asked at each scrape. */
  observeGateway(levels: () => GatewayLevels): void;
}

/** Figures in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'hubbub_' });
  const registers = [registry];
  let gateway: () => GatewayLevels = () => ({ connections: 0, socketBacklogBytes: 0 });
  new Gauge({
    name: 'hubbub_connections',
    help: 'Open WebSocket connections',
    registers,
    collect() {
      this.set(gateway().connections);
    },
  });
  new Gauge({
    name: 'hubbub_socket_backlog_bytes',
    help: 'Bytes that wait to be written in all sockets',
    registers,
    collect() {
      this.set(gateway().socketBacklogBytes);
    },
  });
  return {
    registry,
    messagesIn: typeCounter(registry, 'hubbub_messages_in_total', 'Frames that clients sent', 'type'),
    messagesOut: typeCounter(registry, 'hubbub_messages_out_total', 'Frames written to sockets', 'type'),
    closes: typeCounter(registry, 'hubbub_closes_total', 'Connections that ended, by close code', 'code'),
    shardRestarts: new Counter({
      name: 'hubbub_shard_restarts_total',
      help: 'Shards that were replaced',
      labelNames: ['shard'],
      registers,
    }),
    shardsUnanswered: new Counter({
      name: 'hubbub_shard_stats_missing_total',
      help: 'Times that a shard did not tell its figures in time for a scrape',
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'hubbub_http_request_duration_seconds',
      help: 'HTTP requests from their head to the end of the answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    observeGateway: (levels) => {
      gateway = levels;
    },
  };
}

function typeCounter(registry: Registry, name: string, help: string, label: string): TypeCounter {
  const totals = new TypeCounter();
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [type, total] of totals.entries()) this.inc({ [label]: type }, total);
    },
  });
  return totals;
}
