/** Everybody at once: after a start or an announcement, and after a network that was gone for a moment. */
import { LOAD_CORE, pinPostgres, SERVER_CORE } from '../cores.ts';
import { hubbubTokens } from '../hubbub-tokens.ts';
import type { StormResult, StormSteps } from '../load/storm.ts';
import { LoadProcess } from '../load-process.ts';
import { tooFewFiles } from '../open-files.ts';
import { OURS, peerNamed } from '../peers/all-peers.ts';
import { type Column, largestColumn, medianColumn } from '../report/detail-table.ts';
import { decimals, percent, whole } from '../report/number-text.ts';
import type { Line } from '../report/results.ts';
import { readStormFigures, since, type StormFigures } from '../server-metrics.ts';
import { figuresBeside, type Scenario, sized, type Turn, voidByLoad } from './scenario.ts';

const CLIENTS = 5_000;
const CHANNELS = 100;
/** More than the page of 50, so that the page is a page. */
const HISTORY = 60;
const MISSED = 200;
const TEXT_BYTES = 100;
/** Time for what connecting and writing set off to end, ms. */
const SETTLE_MS = 1_500;

const CONNECT = 'connect storm, 5,000 clients into 100 channels';
const RESUME = 'resume storm, 5,000 clients, 200 messages missed';

const COLUMNS: readonly Column[] = [
  medianColumn('last page, s', 'seconds', decimals(2)),
  medianColumn('p50 s', 'p50', decimals(2)),
  medianColumn('p99 s', 'p99', decimals(2)),
  medianColumn('server CPU a client, µs', 'cpuPerClient', whole),
  largestColumn('longest stall, ms', 'stallMs', decimals(0)),
  largestColumn('without a right page', 'incomplete', whole),
  largestColumn('retries', 'retries', whole),
  largestColumn('from the log', 'fromLog', whole),
  medianColumn('from the ring', 'fromRing', whole),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** See the head of the file. */
export const STORMS: Scenario = {
  names: ['connect-storm', 'resume-storm'],
  title: CONNECT,
  servers: [OURS],
  roundSeconds: 32,
  columns: COLUMNS,
  targets: [
    {
      row: CONNECT,
      figure: 'first attempt to last page, s',
      value: (results) => results.median(CONNECT, OURS, 'seconds'),
      text: decimals(2),
      must: { atMost: 10 },
    },
    {
      row: CONNECT,
      figure: 'clients without a right page, worst round',
      value: (results) => results.largest(CONNECT, OURS, 'incomplete'),
      text: whole,
      must: { atMost: 0 },
    },
    {
      row: CONNECT,
      figure: 'server CPU a client, µs',
      value: (results) => results.median(CONNECT, OURS, 'cpuPerClient'),
      text: whole,
      must: { atMost: 400 },
      aim: { atMost: 250 },
    },
    {
      row: CONNECT,
      figure: 'longest event-loop stall, worst round, ms',
      value: (results) => results.largest(CONNECT, OURS, 'stallMs'),
      text: decimals(0),
      must: { atMost: 100 },
    },
    {
      row: RESUME,
      figure: 'first attempt to last page, s',
      value: (results) => results.median(RESUME, OURS, 'seconds'),
      text: decimals(2),
      must: { atMost: 10 },
      aim: { atMost: 5 },
    },
    {
      row: RESUME,
      figure: 'clients not complete and in order, worst round',
      value: (results) => results.largest(RESUME, OURS, 'incomplete'),
      text: whole,
      must: { atMost: 0 },
    },
    {
      row: RESUME,
      figure: 'pages that needed a query, worst round',
      value: (results) => results.largest(RESUME, OURS, 'fromLog'),
      text: whole,
      must: { atMost: 0 },
    },
  ],
  obstacle: () => tooFewFiles(CLIENTS),
  measure: async (turn) => {
    const clients = sized(turn, CLIENTS);
    const server = await peerNamed(OURS).start(SERVER_CORE);
    const load = new LoadProcess<StormSteps>('load/storm.ts', LOAD_CORE);
    try {
      const { dataFolder, port, pid } = server;
      if (dataFolder === null) throw new Error('no database to sign tokens from');
      await pinPostgres(dataFolder);
      const tokens = await hubbubTokens(dataFolder, clients);
      const plan = { port, channels: CHANNELS, channelPrefix: 'storm', textBytes: TEXT_BYTES };
      await load.step('prepare', { ...plan, tokens });
      await load.step('write', HISTORY);
      const storm = async (title: string): Promise<Line> => {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        const before = await readStormFigures(port);
        const result = await load.step('storm', { serverPid: pid, dataFolder });
        return stormLine(title, turn, result, since(before, await readStormFigures(port)));
      };
      const connected = await storm(CONNECT);
      await load.step('cut');
      await load.step('write', MISSED);
      const resumed = await storm(RESUME);
      const live = await load.step('live');
      const troubles = { 'clients did not get the next message alone': clients - live };
      return [connected, { ...resumed, troubles: { ...resumed.troubles, ...troubles } }];
    } finally {
      await load.end();
      await server.stop();
    }
  },
};

function stormLine(load: string, { server }: Turn, result: StormResult, told: StormFigures): Line {
  const { clients, complete, elapsedMs, serverCpu } = result;
  return {
    load,
    server,
    figures: {
      seconds: elapsedMs / 1_000,
      p50: result.p50Ms / 1_000,
      p99: result.p99Ms / 1_000,
      cpuPerClient: (serverCpu * 1e6) / clients,
      stallMs: told.longestStallMs,
      incomplete: clients - complete,
      retries: result.retries,
      fromLog: told.ringMisses,
      fromRing: told.ringHits,
      ...figuresBeside(result),
    },
    ...voidByLoad(result),
    troubles: { 'shards were replaced': told.shardRestarts },
    remarks: result.whys,
  };
}
