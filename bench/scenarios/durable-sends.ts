/** How fast messages reach the disk: senders who write the next one when the one before is acknowledged. */
import type { DurableResult, DurableSteps } from '../load/durable.ts';
import type { DurableCheck } from '../load/durable-run.ts';
import { LoadProcess } from '../load-process.ts';
import { startHubbubServer } from '../hubbub-server.ts';
import { OURS } from '../peers/all-peers.ts';
import { type Column, largestColumn, medianColumn } from '../report/detail-table.ts';
import { decimals, percent, whole } from '../report/number-text.ts';
import type { Line, Results } from '../report/results.ts';
import { figuresBeside, type Scenario, sized, type Turn, voidByLoad } from './scenario.ts';

const CHANNELS = { channels: 100, sendersPerChannel: 2, listenersPerChannel: 1, textBytes: 100 } as const;
const WARM_UP_MS = 2_000;
const MS = 10_000;

const ONE = { outstanding: 1, title: 'durable sends 100 × (2 + 1), 1 outstanding' } as const;
const EIGHT = { outstanding: 8, title: 'durable sends 100 × (2 + 1), 8 outstanding' } as const;

const COLUMNS: readonly Column[] = [
  medianColumn('sends/s', 'perSecond', whole),
  medianColumn('ack p50 ms', 'p50Ms', decimals(1)),
  medianColumn('ack p99 ms', 'p99Ms', decimals(1)),
  largestColumn('faults of the logs', 'faults', whole),
  medianColumn('server CPU s', 'serverCpu', decimals(2)),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** See the head of the file. */
export const DURABLE_SENDS: Scenario = {
  names: ['durable-sends'],
  title: ONE.title,
  servers: [OURS],
  roundSeconds: 38,
  columns: COLUMNS,
  targets: [
    {
      row: ONE.title,
      figure: 'sends/s',
      value: (results) => results.median(ONE.title, OURS, 'perSecond'),
      text: whole,
      must: { atLeast: 8_000 },
    },
    {
      row: ONE.title,
      figure: 'p99 of the ack, ms',
      value: (results) => results.median(ONE.title, OURS, 'p99Ms'),
      text: decimals(1),
      must: { atMost: 100 },
    },
    {
      row: EIGHT.title,
      figure: 'sends/s',
      value: (results) => results.median(EIGHT.title, OURS, 'perSecond'),
      text: whole,
      must: { atLeast: 12_000 },
      aim: { atLeast: 17_000 },
    },
    {
      row: 'durable sends, both',
      figure: 'acknowledged messages missing, doubled or misplaced, and gaps in seq',
      value: allFaults,
      text: whole,
      must: { atMost: 0 },
    },
  ],
  // Nothing is pinned: server, PostgreSQL and load share both cores as they would on a small host.
  measure: async (turn) => {
    const server = await startHubbubServer();
    const load = new LoadProcess<DurableSteps>('load/durable.ts', null);
    try {
      const measured = { serverPid: server.pid(), dataFolder: server.dataFolder };
      const ms = sized(turn, MS);
      await load.step('connect', { ...CHANNELS, port: server.port, channelPrefix: 'durable' });
      await load.step('send', { outstanding: ONE.outstanding, ms: sized(turn, WARM_UP_MS), measured });
      const one = await load.step('send', { outstanding: ONE.outstanding, ms, measured });
      const eight = await load.step('send', { outstanding: EIGHT.outstanding, ms, measured });
      const check = await load.step('check');
      return [line(ONE.title, turn, one, check), line(EIGHT.title, turn, eight, check)];
    } finally {
      await load.end();
      await server.remove();
    }
  },
};

/** Of both loads, which write into the same logs; the worst round's. */
function allFaults(results: Results): number | null {
  return results.largest(EIGHT.title, OURS, 'faults');
}

function line(load: string, { server }: Turn, result: DurableResult, check: DurableCheck): Line {
  const { acknowledged, elapsedMs, serverCpu } = result;
  return {
    load,
    server,
    figures: {
      perSecond: (acknowledged * 1_000) / elapsedMs,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      faults: check.faults,
      serverCpu,
      ...figuresBeside(result),
    },
    ...voidByLoad(result),
    troubles: {
      'sends were refused and sent again': result.retries,
      'senders never got an answer': result.unanswered,
      'members were shown more or less than the log holds': check.shownOtherwise,
    },
  };
}
