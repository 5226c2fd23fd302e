/** A replay's report in words. */
import type { LatencyHistogram } from '../load/latency-histogram.ts';
import { isExact, type ReplayedLog, type ReplayReport } from './replay.ts';

/** Differences that are shown of each log; the others are counted. */
const SHOWN = 5;

/** Counts, differences, latencies, rates and the verdict. */
export function reportText(report: ReplayReport): string {
  const sent = report.logs.reduce((sum, log) => sum + log.sent, 0);
  const lines = report.logs.reduce((sum, log) => sum + log.lines, 0);
  const seconds = report.elapsedMs / 1_000;
  return [
    ...report.logs.flatMap(logLines),
    '',
    `${report.logs.length} channels, ${report.speakers} speakers, ${sent} messages of ${lines} lines ` +
      `in ${seconds.toFixed(1)} s: ${(sent / seconds).toFixed(0)} messages/s`,
    renamedLine(report.renamed),
    latencyLine('ack', report.ackLatency),
    latencyLine('delivery to a listener', report.deliveryLatency),
    isExact(report) ? 'exact: every line is there, in order, as it was said' : 'NOT exact: see above',
  ]
    .filter((line) => line !== null)
    .join('\n');
}

function logLines(log: ReplayedLog): string[] {
  const counted = [...log.counted].map(([what, count]) => `${count} ${what}`);
  const head = `${log.title} → ${log.channelId}: ${log.lines} lines, ${[`${log.sent} sent`, ...counted].join(', ')}`;
  return [
    head,
    ...firstOf('refused', log.refusals),
    ...firstOf(
      'history',
      log.differences.map(({ what, detail }) => `${what}: ${detail}`),
    ),
    ...firstOf(
      'shown live',
      log.liveDifferences.map(({ what, detail }) => `${what}: ${detail}`),
    ),
  ];
}

function firstOf(what: string, all: readonly string[]): string[] {
  const more = all.length > SHOWN ? [`  ${what}: and ${all.length - SHOWN} more`] : [];
  return [...all.slice(0, SHOWN).map((text) => `  ${what}: ${text}`), ...more];
}

function renamedLine(renamed: readonly string[]): string | null {
  if (renamed.length === 0) return null;
  return `${renamed.length} got another name than they asked for: ${renamed.slice(0, SHOWN).join(', ')}`;
}

function latencyLine(what: string, latency: LatencyHistogram): string {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((fraction) => latency.quantileMs(fraction).toFixed(1));
  return `${what}: p50 ${p50 ?? ''} ms, p95 ${p95 ?? ''} ms, p99 ${p99 ?? ''} ms (${latency.count})`;
}
