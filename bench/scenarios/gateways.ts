/** Small rooms with the sockets on the main thread, and on threads of their own: where the CPU goes. */
import { measureRooms } from '../broadcast-round.ts';
import { SERVER_CORE } from '../cores.ts';
import type { BroadcastResult } from '../load/broadcast.ts';
import { OURS, peerNamed } from '../peers/all-peers.ts';
import { type Column, medianColumn } from '../report/detail-table.ts';
import { decimals, fullPercent, percent, times } from '../report/number-text.ts';
import { type Line, ratio } from '../report/results.ts';
import { CPU_PER_DELIVERY, roomsLine } from './rooms-scenario.ts';
import { type Scenario, sized } from './scenario.ts';
import { ROOMS } from './small-rooms.ts';

const LOAD = 'small rooms 100 × 10, 8,000 msg/s, by threads';
const SECONDS = 5;
const COUNTS = [0, 1, 2] as const;
/** What a server says that doesn't know this setting yet, or this value. */
const UNSUPPORTED = /bad setting GATEWAYS/;

const COLUMNS: readonly Column[] = [
  medianColumn('CPU per delivery, µs', CPU_PER_DELIVERY, decimals(2)),
  medianColumn('main CPU s', 'main', decimals(2)),
  medianColumn('gateways CPU s', 'gateways', decimals(2)),
  medianColumn('busiest gateway', 'busiest', percent),
  medianColumn('shards CPU s', 'shards', decimals(2)),
  medianColumn('other threads CPU s', 'other', decimals(2)),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('p99 ms', 'p99Ms', decimals(1)),
  {
    header: 'delivered',
    value: (results, load, server) => results.smallest(load, server, 'delivered'),
    text: fullPercent,
  },
];

/** As the table names a server with so many gateway threads. */
function named(gateways: number): string {
  return `${OURS}, GATEWAYS=${gateways}`;
}

/** See the head of the file. */
export const GATEWAYS: Scenario = {
  names: ['gateways'],
  title: LOAD,
  servers: COUNTS.map(named),
  roundSeconds: 42,
  columns: COLUMNS,
  targets: [
    {
      row: LOAD,
      figure: "share of the busier of two gateways' CPU",
      value: (results) => results.median(LOAD, named(2), 'busiest'),
      text: percent,
      must: { atMost: 0.55 },
    },
    {
      row: LOAD,
      figure: 'CPU per delivery with 2 gateways, of that with 0',
      value: (results) =>
        ratio(
          results.median(LOAD, named(2), CPU_PER_DELIVERY),
          results.median(LOAD, named(0), CPU_PER_DELIVERY),
        ),
      text: times,
      must: { atMost: 1.1 },
    },
  ],
  measure: async (turn) => {
    const gateways = COUNTS.find((count) => named(count) === turn.server) ?? 0;
    const peer = peerNamed(OURS);
    const started = await peer.start(SERVER_CORE, { GATEWAYS: String(gateways) }).catch((error: unknown) => {
      if (error instanceof Error && UNSUPPORTED.test(error.message)) return null;
      throw error;
    });
    if (started === null) {
      const remarks = ['this server does not take the setting'];
      return [{ load: LOAD, server: turn.server, figures: {}, void: 'not supported', remarks }];
    }
    try {
      const result = await measureRooms(started, peer.dialect, ROOMS, sized(turn, SECONDS));
      const line = roomsLine(LOAD, turn, result);
      return [{ ...line, figures: { ...line.figures, ...threadFigures(result) } }];
    } finally {
      await started.stop();
    }
  },
};

/** CPU seconds by kinds of thread, and the busiest gateway's share of all gateways'. */
export function threadFigures({ serverThreads }: Pick<BroadcastResult, 'serverThreads'>): Line['figures'] {
  const of = (kind: string): number[] =>
    Object.entries(serverThreads).flatMap(([name, seconds]) => (name.startsWith(kind) ? [seconds] : []));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const gateways = of('gateway-');
  return {
    main: sum(of('main')),
    gateways: sum(gateways),
    shards: sum(of('shard-')),
    other: sum(of('other')),
    ...(gateways.length === 0 ? {} : { busiest: Math.max(...gateways) / Math.max(sum(gateways), 0.01) }),
  };
}
