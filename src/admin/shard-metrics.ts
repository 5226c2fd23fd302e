/** Shards' figures in Prometheus' text format (version 0.0.4), a `thread` label on each. */
import type { HistogramSnapshot } from '../threads/histogram.ts';
import type { LoopLag } from '../threads/event-loop-lag.ts';
import type { ShardStats } from '../threads/shard-stats.ts';
import { escaped, headOf, histogramLines, lagLines } from './metric-lines.ts';
import type { GatewayReport } from './ports/gateway-reports.ts';
import type { ShardReport } from './ports/shard-control.ts';

interface Family {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Lines of one shard. */
  readonly lines: (stats: ShardStats, name: string, thread: string) => string[];
}

const level = (read: (stats: ShardStats) => number) => (stats: ShardStats, name: string, thread: string) => [
  `${name}{thread="${thread}"} ${read(stats)}`,
];
const totals =
  (label: string, read: (stats: ShardStats) => Readonly<Record<string, number>>) =>
  (stats: ShardStats, name: string, thread: string) =>
    Object.entries(read(stats)).map(
      ([value, total]) => `${name}{thread="${thread}",${label}="${escaped(value)}"} ${total}`,
    );
const distribution =
  (read: (stats: ShardStats) => HistogramSnapshot, unit = 1) =>
  (stats: ShardStats, name: string, thread: string) =>
    histogramLines(read(stats), name, `thread="${thread}"`, unit);

const MS = 1_000;
const FAMILIES: readonly Family[] = [
  {
    name: 'hubbub_shard_requests_total',
    kind: 'counter',
    help: 'Requests that shards took in',
    lines: totals('type', (stats) => stats.requestsByType),
  },
  {
    name: 'hubbub_shard_errors_total',
    kind: 'counter',
    help: 'Requests that shards answered with an error',
    lines: totals('code', (stats) => stats.errorsByCode),
  },
  {
    name: 'hubbub_commit_duration_seconds',
    kind: 'histogram',
    help: 'Time that a batch took to be committed',
    lines: distribution((stats) => stats.commitMs, MS),
  },
  {
    name: 'hubbub_batch_entries',
    kind: 'histogram',
    help: 'Entries of a committed batch',
    lines: distribution((stats) => stats.batchEntries),
  },
  {
    name: 'hubbub_ring_hits_total',
    kind: 'counter',
    help: 'Joins and pages that were answered from memory',
    lines: level((stats) => stats.ringHits),
  },
  {
    name: 'hubbub_ring_misses_total',
    kind: 'counter',
    help: 'Joins and pages that needed the database',
    lines: level((stats) => stats.ringMisses),
  },
  {
    name: 'hubbub_ring_size',
    kind: 'gauge',
    help: 'Recent events in memory, UTF-16 code units',
    lines: level((stats) => stats.ringSize),
  },
  {
    name: 'hubbub_mailbox_depth',
    kind: 'gauge',
    help: 'Requests that wait in a shard',
    lines: level((stats) => stats.mailboxDepth),
  },
  {
    name: 'hubbub_held_entries',
    kind: 'gauge',
    help: 'Entries that wait for a commit',
    lines: level((stats) => stats.heldEntries),
  },
  {
    name: 'hubbub_actors',
    kind: 'gauge',
    help: 'Channels in memory',
    lines: level((stats) => stats.actors),
  },
  {
    name: 'hubbub_inboxes',
    kind: 'gauge',
    help: 'Inboxes of those who are connected or written to',
    lines: level((stats) => stats.inboxes),
  },
  {
    name: 'hubbub_inboxes_awake',
    kind: 'gauge',
    help: 'Inboxes with their state in memory',
    lines: level((stats) => stats.inboxesAwake),
  },
  {
    name: 'hubbub_shard_connections',
    kind: 'gauge',
    help: 'Connections that a shard knows of',
    lines: level((stats) => stats.connections),
  },
];

/**
 * The figures of every shard that told them, the event-loop lag of all threads (`main` is this one), and the memory of all
 * but main's, which is among the registry's figures.
 */
export function renderThreads(
  reports: readonly ShardReport[],
  gateways: readonly GatewayReport[],
  main: LoopLag,
): string {
  const told = reports.flatMap(({ shard, stats }) =>
    stats === null ? [] : [{ thread: `shard-${shard}`, stats }],
  );
  const lines: string[] = [];
  for (const { name, kind, help, lines: of } of FAMILIES) {
    lines.push(...headOf(name, kind, help));
    for (const { thread, stats } of told) lines.push(...of(stats, name, thread));
  }
  const name = 'hubbub_event_loop_lag_seconds';
  lines.push(...headOf(name, 'gauge', 'How long the event loop kept others waiting, since the last scrape'));
  lines.push(...lagLines(name, 'main', main));
  for (const { thread, stats } of told) lines.push(...lagLines(name, thread, stats.loopLag));
  for (const { thread, levels } of gateways) {
    if (thread !== null && levels !== null) lines.push(...lagLines(name, thread, levels.loopLag));
  }
  const memories = [
    ...told.map(({ thread, stats: { memory } }) => ({ thread, memory })),
    ...gateways.flatMap(({ thread, levels }) =>
      thread === null || levels === null ? [] : [{ thread, memory: levels.memory }],
    ),
  ];
  lines.push(...headOf('hubbub_thread_heap_used_bytes', 'gauge', "What lies in a thread's heap"));
  for (const { thread, memory } of memories) {
    lines.push(`hubbub_thread_heap_used_bytes{thread="${thread}"} ${memory.heapBytes}`);
  }
  lines.push(
    ...headOf('hubbub_thread_external_bytes', 'gauge', "What a thread's heap keeps alive outside of it"),
  );
  for (const { thread, memory } of memories) {
    lines.push(`hubbub_thread_external_bytes{thread="${thread}"} ${memory.externalBytes}`);
  }
  return `${lines.join('\n')}\n`;
}
