/** The table of a bench run. */
import type { Round } from './round.ts';

/** The rounds of one server in one scenario. */
export interface Measured {
  readonly scenario: string;
  readonly peer: string;
  readonly rounds: readonly Round[];
}

const HEADER = [
  'load',
  'server',
  'deliveries per CPU second',
  'of yardstick',
  'p50 ms',
  'p99 ms',
  'delivered',
  'server CPU s',
  'PostgreSQL CPU s',
  'load CPU',
  'rounds',
];

/**
 * A Markdown table: medians over the rounds that count, ratios to the peer named `yardstick`. A cell is `void` when
 * no round counted; broken connections, and messages that came to nobody or too often, are said in the last column.
 */
export function markdownTable(measured: readonly Measured[], yardstick: string): string {
  const rows = measured.map((entry) => {
    const base = measured.find((other) => other.scenario === entry.scenario && other.peer === yardstick);
    return row(entry, base === undefined ? null : deliveriesPerCpuSecond(base));
  });
  const lines = [HEADER, HEADER.map((_, column) => (column < 2 ? '---' : '---:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Median of the rounds that count; null when none does. */
export function deliveriesPerCpuSecond(measured: Measured): number | null {
  return median(counted(measured).map(({ result }) => result.delivered / Math.max(result.serverCpu, 0.01)));
}

/** The middle one, or the mean of the two in the middle; null for none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (upper + lower) / 2;
}

function counted(measured: Measured): readonly Round[] {
  return measured.rounds.filter((round) => !round.void);
}

function row(entry: Measured, base: number | null): string[] {
  const results = counted(entry).map(({ result }) => result);
  const own = deliveriesPerCpuSecond(entry);
  const postgres = results.map(({ postgresCpu }) => postgresCpu).filter((seconds) => seconds !== null);
  return [
    entry.scenario,
    entry.peer,
    own === null ? 'void' : Math.round(own).toLocaleString('en'),
    own === null || base === null ? '–' : `${(own / base).toFixed(2)} ×`,
    cell(median(results.map(({ p50Ms }) => p50Ms)), 1),
    cell(median(results.map(({ p99Ms }) => p99Ms)), 1),
    delivered(entry),
    cell(median(results.map(({ serverCpu }) => serverCpu)), 2),
    cell(median(postgres), 2),
    percent(median(entry.rounds.map(({ result }) => result.loadCpuShare))),
    roundsCell(entry),
  ];
}

function delivered(entry: Measured): string {
  const share = median(entry.rounds.map(({ result }) => result.delivered / result.expected));
  // Rounded down: 100 % means every one.
  return share === null ? '–' : `${Math.floor(share * 1_000) / 10} %`;
}

function roundsCell(entry: Measured): string {
  const voids = entry.rounds.filter((round) => round.void).length;
  const broken = entry.rounds.reduce((sum, { result }) => sum + result.brokenConnections, 0);
  const doubled = entry.rounds.reduce((sum, { result }) => sum + result.overdelivered, 0);
  const unseen = entry.rounds.reduce((sum, { result }) => sum + result.unseen, 0);
  const notes = [
    voids > 0 ? `${voids} void` : '',
    broken > 0 ? `${broken} connections broke` : '',
    unseen > 0 ? `${unseen} messages reached nobody` : '',
    doubled > 0 ? `${doubled} messages came too often` : '',
  ].filter((note) => note !== '');
  return [String(entry.rounds.length), ...notes].join(', ');
}

function cell(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}
