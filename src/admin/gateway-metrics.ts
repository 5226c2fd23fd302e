/** Gateways' figures in Prometheus' text format; a `thread` label where gateways have threads of their own. */
import { escaped, headOf } from './metric-lines.ts';
import type { GatewayReport } from './ports/gateway-reports.ts';

interface Family {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  /** Samples of one gateway: labels beside the thread's, and the value. */
  readonly samples: (
    report: GatewayReport,
  ) => readonly (readonly [labels: readonly string[], value: number])[];
}

const totals =
  (label: string, read: (report: GatewayReport) => Readonly<Record<string, number>>) =>
  (report: GatewayReport) =>
    Object.entries(read(report)).map(([value, total]) => [[`${label}="${escaped(value)}"`], total] as const);

const FAMILIES: readonly Family[] = [
  {
    name: 'hubbub_connections',
    kind: 'gauge',
    help: 'Open WebSocket connections',
    samples: ({ totals: { connections } }) => [[[], connections]],
  },
  {
    name: 'hubbub_socket_backlog_bytes',
    kind: 'gauge',
    help: 'Bytes that wait to be written in all sockets',
    samples: ({ levels }) => (levels === null ? [] : [[[], levels.socketBacklogBytes]]),
  },
  {
    name: 'hubbub_session_records_dropped_total',
    kind: 'counter',
    help: 'Beginnings and ends of sessions that were not recorded, because the database was away for too long',
    samples: ({ levels }) => (levels === null ? [] : [[[], levels.sessionsDropped]]),
  },
  {
    name: 'hubbub_slow_sockets',
    kind: 'gauge',
    help: 'Sockets so far behind that they are sent durable events alone',
    samples: ({ levels }) => (levels === null ? [] : [[[], levels.slowSockets]]),
  },
  {
    name: 'hubbub_messages_in_total',
    kind: 'counter',
    help: 'Frames that clients sent',
    samples: totals('type', (report) => report.totals.messagesIn),
  },
  {
    name: 'hubbub_messages_out_total',
    kind: 'counter',
    help: 'Frames written to sockets',
    samples: totals('type', (report) => report.totals.messagesOut),
  },
  {
    name: 'hubbub_closes_total',
    kind: 'counter',
    help: 'Connections that ended, by close code',
    samples: totals('code', (report) => report.totals.closes),
  },
  {
    name: 'hubbub_decisions_total',
    kind: 'counter',
    help: 'Questions to the program that decides, by what came of them',
    samples: ({ totals: { decisions } }) =>
      Object.entries(decisions).map(([key, total]) => {
        const [decision = '', outcome = ''] = key.split(' ');
        return [[`decision="${escaped(decision)}"`, `outcome="${escaped(outcome)}"`], total] as const;
      }),
  },
];

/** The figures of all gateways; levels of those that told them. */
export function renderGateways(reports: readonly GatewayReport[]): string {
  const lines: string[] = [];
  for (const { name, kind, help, samples } of FAMILIES) {
    lines.push(...headOf(name, kind, help));
    for (const report of reports) {
      for (const [labels, value] of samples(report)) {
        const all = [...(report.thread === null ? [] : [`thread="${report.thread}"`]), ...labels];
        lines.push(`${name}${all.length === 0 ? '' : `{${all.join(',')}}`} ${value}`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}
