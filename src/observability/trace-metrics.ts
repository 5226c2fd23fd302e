/** What became of spans, for Prometheus: there while traces are sent. */
import { Counter } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Adds it to the main thread's figures. */
export function countSpans({
  registry,
}: Pick<Metrics, 'registry'>): (outcome: 'sent' | 'dropped', spans: number) => void {
  const spans = new Counter({
    name: 'hubbub_trace_spans_total',
    help: 'Spans that were sent, or dropped because they could not be',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['sent', 'dropped']) spans.inc({ outcome }, 0);
  return (outcome, count) => {
    spans.inc({ outcome }, count);
  };
}
