/** The main thread's figures for Prometheus; what gateways and shards count is joined to them where /metrics is answered. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** The main thread's figures. */
export interface Metrics {
  readonly registry: Registry;
  readonly shardRestarts: Counter<'shard'>;
  readonly shardsUnanswered: Counter;
  readonly gatewayRestarts: Counter<'gateway'>;
  readonly gatewaysUnanswered: Counter;
  readonly webhookTries: Counter<'outcome'>;
  /** Rows of tables. */
  readonly retentionRows: Counter;
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly traceSpans: Counter<'outcome'>;
}

/** Figures in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'hubbub_' });
  const registers = [registry];
  return {
    registry,
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
    gatewayRestarts: new Counter({
      name: 'hubbub_gateway_restarts_total',
      help: 'Gateway threads that were replaced',
      labelNames: ['gateway'],
      registers,
    }),
    gatewaysUnanswered: new Counter({
      name: 'hubbub_gateway_stats_missing_total',
      help: 'Times that a gateway thread did not tell its figures in time for a scrape',
      registers,
    }),
    webhookTries: new Counter({
      name: 'hubbub_webhook_tries_total',
      help: 'Tries to tell webhooks of events, by what came of them',
      labelNames: ['outcome'],
      registers,
    }),
    retentionRows: new Counter({
      name: 'hubbub_retention_removed_rows_total',
      help: 'Rows of messages and of what hangs on them that were removed because their time was over',
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'hubbub_http_request_duration_seconds',
      help: 'HTTP requests from their head to the end of the answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    traceSpans: new Counter({
      name: 'hubbub_trace_spans_total',
      help: 'Spans of traces that were sent, or dropped because they could not be',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

/** Tells at each scrape which threads keep ending: a sample for each of those that `threads` names then. */
export function tellCrashLoops(
  { registry }: Pick<Metrics, 'registry'>,
  threads: () => readonly { readonly thread: string; readonly looping: boolean }[],
): void {
  new Gauge({
    name: 'hubbub_thread_crash_loop',
    help: '1 while a thread keeps ending soon after it started',
    labelNames: ['thread'],
    registers: [registry],
    collect() {
      for (const { thread, looping } of threads()) this.set({ thread }, looping ? 1 : 0);
    },
  });
}
