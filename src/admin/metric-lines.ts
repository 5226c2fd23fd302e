/** Lines of Prometheus' text format (version 0.0.4). */
import type { LoopLag } from '../threads/event-loop-lag.ts';
import type { HistogramSnapshot } from '../threads/histogram.ts';

const MS = 1_000;

/** What stands above a family's samples. */
export function headOf(name: string, kind: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`];
}

/** Samples of an event loop's lag, in seconds. */
export function lagLines(name: string, thread: string, lag: LoopLag): string[] {
  const line = (quantile: string, ms: number) =>
    `${name}{thread="${thread}",quantile="${quantile}"} ${ms / MS}`;
  return [line('0.5', lag.p50Ms), line('0.99', lag.p99Ms), line('1', lag.maxMs)];
}

/** Samples of a distribution; `unit`: of its values in one of the family's. */
export function histogramLines(
  snapshot: HistogramSnapshot,
  name: string,
  labels: string,
  unit: number,
): string[] {
  let below = 0;
  const lines = snapshot.counts.map((count, bucket) => {
    below += count;
    const bound = snapshot.bounds[bucket];
    return `${name}_bucket{${labels},le="${bound === undefined ? '+Inf' : bound / unit}"} ${below}`;
  });
  return [...lines, `${name}_sum{${labels}} ${snapshot.sum / unit}`, `${name}_count{${labels}} ${below}`];
}

/** A label's value as it is written between quotation marks. */
export function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
