/** `GET /metrics` for Prometheus. */
import { EventLoopLag } from '../../threads/event-loop-lag.ts';
import type { App } from '../app.ts';
import { renderGateways } from '../gateway-metrics.ts';
import type { HttpDeps } from '../http-deps.ts';
import { responses, textResponse } from '../schemas.ts';
import { renderThreads } from '../shard-metrics.ts';

/** A shard that doesn't tell its figures within so many ms is left out, and counted. */
const STATS_TIMEOUT_MS = 500;

type MetricsDeps = Pick<HttpDeps, 'metrics' | 'shards' | 'gateways'>;

/** Main's figures, then those of every gateway and of every shard that answers in time. */
export function metricsRoutes(app: App, { metrics, shards, gateways }: MetricsDeps): void {
  const lag = new EventLoopLag();
  app.addHook('onClose', () => {
    lag.close();
  });

  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Figures for Prometheus',
        response: responses({ 200: textResponse('Prometheus text format') }),
      },
    },
    async (_request, reply) => {
      const [reports, gatewayReports] = await Promise.all([shards.stats(STATS_TIMEOUT_MS), gateways()]);
      metrics.shardsUnanswered.inc(reports.filter(({ stats }) => stats === null).length);
      metrics.gatewaysUnanswered.inc(gatewayReports.filter(({ levels }) => levels === null).length);
      const text = [
        await metrics.registry.metrics(),
        renderGateways(gatewayReports),
        renderThreads(reports, gatewayReports, lag.read()),
      ].join('');
      return reply.type(metrics.registry.contentType).header('cache-control', 'no-store').send(text);
    },
  );
}
