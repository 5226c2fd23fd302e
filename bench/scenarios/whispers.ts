/** Private messages between people of different shards: how fast they reach the disk, and what each costs. */
import { measureRooms } from '../broadcast-round.ts';
import { SERVER_CORE } from '../cores.ts';
import { startHubbubServer } from '../hubbub-server.ts';
import type { CpuUse } from '../load/cpu-meter.ts';
import type { WhisperCheck } from '../load/whisper-run.ts';
import type { ClockedResult, ClosedResult, WhisperSteps } from '../load/whispers.ts';
import type { Writing } from '../load/whisperer.ts';
import { LoadProcess } from '../load-process.ts';
import { BARE_WS, OURS, peerNamed, SOCKET_IO } from '../peers/all-peers.ts';
import { type Column, largestColumn, medianColumn } from '../report/detail-table.ts';
import { decimals, fullPercent, percent, times, whole } from '../report/number-text.ts';
import { type Line, ratio } from '../report/results.ts';
import { figuresBeside, type Scenario, sized, type Turn, voidByLoad } from './scenario.ts';

/** The mesh between shards is idle where there is one, as two cores have it. */
const SHARDS = 2;
const PAIRS = 100;
const TEXT_BYTES = 100;
const OUTSTANDING = 1;
/** Until V8 has compiled what runs often: before that it takes a tenth of both cores. */
const WARM_UP_MS = 4_000;
const WARM_UP_BESIDE_MS = 2_000;
const MS = 6_000;
const RATE = 1_000;
const SECONDS = 4;

const FULL = 'whispers, 200 people, 2 shards, 1 outstanding';
const CLOCKED = 'whispers, 200 people, 2 shards, 1,000/s';
const FULL_BESIDE = 'messages to one listener, the same people, 1 outstanding';
const BESIDE = 'messages to one listener, the same people, 1,000/s';

/** CPU of the main thread, and of the whole server, µs for each whisper or message. */
const MAIN_CPU = 'mainCpuEach';
const SERVER_CPU = 'serverCpuEach';

const COLUMNS: readonly Column[] = [
  medianColumn('sends/s', 'perSecond', whole),
  medianColumn('ack p50 ms', 'ackP50Ms', decimals(1)),
  medianColumn('ack p99 ms', 'ackP99Ms', decimals(1)),
  medianColumn('to the recipient p50 ms', 'p50Ms', decimals(1)),
  medianColumn('to the recipient p99 ms', 'p99Ms', decimals(1)),
  {
    header: 'delivered',
    value: (results, load, server) => results.smallest(load, server, 'delivered'),
    text: fullPercent,
  },
  largestColumn('faults of the inboxes', 'faults', whole),
  medianColumn('main CPU each, µs', MAIN_CPU, decimals(1)),
  medianColumn('server CPU each, µs', SERVER_CPU, decimals(1)),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** See the head of the file. */
export const WHISPERS: Scenario = {
  names: ['whispers'],
  title: FULL,
  servers: [OURS],
  otherServers: [BARE_WS, SOCKET_IO],
  roundSeconds: 34,
  columns: COLUMNS,
  targets: [
    {
      row: FULL,
      figure: 'durable whispers/s',
      value: (results) => results.median(FULL, OURS, 'perSecond'),
      text: whole,
      must: { atLeast: 6_000 },
      aim: { atLeast: 10_000 },
    },
    {
      row: FULL,
      figure: 'p99 of the ack, ms',
      value: (results) => results.median(FULL, OURS, 'ackP99Ms'),
      text: decimals(1),
      must: { atMost: 100 },
    },
    {
      row: FULL,
      figure: 'acknowledged whispers missing, doubled or misplaced, and gaps in seq',
      value: (results) => results.largest(FULL, OURS, 'faults'),
      text: whole,
      must: { atMost: 0 },
    },
    {
      row: CLOCKED,
      figure: 'p50 to the recipient, ms',
      value: (results) => results.median(CLOCKED, OURS, 'p50Ms'),
      text: decimals(1),
      must: { atMost: 3 },
    },
    {
      row: CLOCKED,
      figure: 'p99 to the recipient, ms',
      value: (results) => results.median(CLOCKED, OURS, 'p99Ms'),
      text: decimals(1),
      must: { atMost: 15 },
    },
    {
      row: CLOCKED,
      figure: "main's CPU for one, of that for a message to one listener",
      value: (results) =>
        ratio(results.median(CLOCKED, OURS, MAIN_CPU), results.median(BESIDE, OURS, MAIN_CPU)),
      text: times,
      must: { atMost: 1 },
    },
  ],
  measure: (turn) => (turn.server === OURS ? measureWhispers(turn) : measureRelay(turn)),
};

/** Nothing is pinned: server, PostgreSQL and load share both cores as they would on a small host. */
async function measureWhispers(turn: Turn): Promise<readonly Line[]> {
  const server = await startHubbubServer({ env: { SHARDS: String(SHARDS) } });
  const load = new LoadProcess<WhisperSteps>('load/whispers.ts', null);
  try {
    const measured = { serverPid: server.pid(), dataFolder: server.dataFolder };
    const plan = { port: server.port, shards: SHARDS, pairs: PAIRS, textBytes: TEXT_BYTES };
    await load.step('connect', { ...plan, channelPrefix: 'pair' });
    const closed = (writing: Writing, ms: number): Promise<ClosedResult> =>
      load.step('closed', { writing, outstanding: OUTSTANDING, ms: sized(turn, ms), measured });
    await closed('whisper', WARM_UP_MS);
    const full = await closed('whisper', MS);
    await closed('message', WARM_UP_BESIDE_MS);
    const fullBeside = await closed('message', MS);
    const clock = { messages: sized(turn, RATE * SECONDS), rate: RATE, measured };
    const clocked = await load.step('clocked', { ...clock, writing: 'whisper' });
    const beside = await load.step('clocked', { ...clock, writing: 'message' });
    const check = await load.step('check');
    return [
      fullLine(turn, full, check),
      fullBesideLine(turn, fullBeside),
      clockedLine(CLOCKED, turn, clocked),
      clockedLine(BESIDE, turn, beside),
    ];
  } finally {
    await load.end();
    await server.remove();
  }
}

/** What nobody else keeps on disk they can at least relay, within rooms of two. */
async function measureRelay(turn: Turn): Promise<readonly Line[]> {
  const peer = peerNamed(turn.server);
  const server = await peer.start(SERVER_CORE);
  try {
    const rooms = { rooms: PAIRS, membersPerRoom: 2, rate: RATE, textBytes: TEXT_BYTES };
    const result = await measureRooms(server, peer.dialect, rooms, sized(turn, SECONDS));
    const { delivered, expected, p50Ms, p99Ms } = result;
    return [
      {
        load: CLOCKED,
        server: turn.server,
        figures: {
          ...{ p50Ms, p99Ms, delivered: delivered / expected },
          ...cpuEach(result, RATE * sized(turn, SECONDS)),
          ...figuresBeside(result),
        },
        ...voidByLoad(result),
        remarks: ['relayed to both in memory, no durable whispers; server and load have a core each'],
      },
    ];
  } finally {
    await server.stop();
  }
}

function fullLine(turn: Turn, result: ClosedResult, check: WhisperCheck): Line {
  const { figures, troubles, ...line } = fullBesideLine(turn, result);
  return {
    ...line,
    load: FULL,
    figures: { ...figures, faults: check.faults },
    troubles: {
      ...troubles,
      'people were told more or less than their inbox holds': check.toldOtherwise,
    },
    remarks: ['no other server here keeps whispers'],
  };
}

function fullBesideLine({ server }: Turn, result: ClosedResult): Line {
  const { acknowledged, elapsedMs, p50Ms, p99Ms } = result;
  return {
    load: FULL_BESIDE,
    server,
    figures: {
      perSecond: (acknowledged * 1_000) / elapsedMs,
      ackP50Ms: p50Ms,
      ackP99Ms: p99Ms,
      ...cpuEach(result, acknowledged),
      ...figuresBeside(result),
    },
    ...voidByLoad(result),
    troubles: {
      'sends were refused and sent again': result.retries,
      'senders never got an answer': result.unanswered,
    },
  };
}

function clockedLine(load: string, { server }: Turn, result: ClockedResult): Line {
  const { delivered, expected, elapsedMs, p50Ms, p99Ms } = result;
  return {
    load,
    server,
    figures: {
      perSecond: (expected * 1_000) / elapsedMs,
      ...{ p50Ms, p99Ms, delivered: delivered / expected },
      ...cpuEach(result, expected),
      ...figuresBeside(result),
    },
    ...voidByLoad(result),
    troubles: { 'sends were refused and sent again': result.retries },
  };
}

function cpuEach({ serverCpu, serverThreads }: CpuUse, count: number): Line['figures'] {
  const each = (seconds: number): number => (seconds * 1e6) / Math.max(count, 1);
  return { [MAIN_CPU]: each(serverThreads['main'] ?? 0), [SERVER_CPU]: each(serverCpu) };
}
