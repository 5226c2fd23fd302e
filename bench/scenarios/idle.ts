/** What a connection costs that does nothing: most of a community, most of the time. */
import { LOAD_CORE, pinPostgres, SERVER_CORE } from '../cores.ts';
import { hubbubTokens } from '../hubbub-tokens.ts';
import type { IdleSteps } from '../load/idle.ts';
import { LoadProcess } from '../load-process.ts';
import { tooFewFiles } from '../open-files.ts';
import { BARE_WS, OURS, peerNamed, SOCKET_IO } from '../peers/all-peers.ts';
import { processCpuSeconds } from '../process-cpu.ts';
import { residentBytes } from '../process-memory.ts';
import { type Column, medianColumn } from '../report/detail-table.ts';
import { decimals } from '../report/number-text.ts';
import { type Scenario, sized } from './scenario.ts';

const CONNECTIONS = 15_000;
const ROOMS = 150;
const IDLE_MS = 30_000;
const TITLE = 'idle, 15,000 connections in 150 channels';

const KILOBYTE = 1_024;
const COLUMNS: readonly Column[] = [
  medianColumn('KB a connection', 'kilobytes', decimals(2)),
  medianColumn('empty server MB', 'emptyMegabytes', decimals(1)),
  medianColumn('full server MB', 'fullMegabytes', decimals(1)),
  medianColumn('CPU while idle, ms/s', 'idleCpu', decimals(1)),
  medianColumn('CPU a connect, µs', 'connectCpu', decimals(0)),
];

/** See the head of the file. */
export const IDLE: Scenario = {
  names: ['idle'],
  title: TITLE,
  servers: [OURS],
  otherServers: [BARE_WS, SOCKET_IO],
  roundSeconds: 82,
  columns: COLUMNS,
  targets: [
    {
      row: TITLE,
      figure: 'KB a connection',
      value: (results) => results.median(TITLE, OURS, 'kilobytes'),
      text: decimals(2),
      must: { atMost: 10 },
      aim: { atMost: 8 },
    },
  ],
  obstacle: () => tooFewFiles(CONNECTIONS),
  measure: async (turn) => {
    const peer = peerNamed(turn.server);
    const connections = sized(turn, CONNECTIONS);
    const server = await peer.start(SERVER_CORE);
    const load = new LoadProcess<IdleSteps>('load/idle.ts', LOAD_CORE);
    try {
      if (server.dataFolder !== null) await pinPostgres(server.dataFolder);
      const tokens = server.dataFolder === null ? null : await hubbubTokens(server.dataFolder, connections);
      await idle(sized(turn, IDLE_MS));
      const empty = residentBytes(server.pid);
      const cpuBefore = processCpuSeconds(server.pid);
      const plan = { dialect: peer.dialect, port: server.port, connections, rooms: ROOMS };
      await load.step('connect', { ...plan, roomPrefix: 'idle', tokens });
      const cpuConnected = processCpuSeconds(server.pid);
      await idle(sized(turn, IDLE_MS));
      const full = residentBytes(server.pid);
      const cpuIdle = processCpuSeconds(server.pid) - cpuConnected;
      const { broken } = await load.step('standing');
      const figures = {
        kilobytes: (full - empty) / KILOBYTE / connections,
        emptyMegabytes: empty / KILOBYTE ** 2,
        fullMegabytes: full / KILOBYTE ** 2,
        idleCpu: (cpuIdle * 1_000) / (sized(turn, IDLE_MS) / 1_000),
        connectCpu: ((cpuConnected - cpuBefore) * 1e6) / connections,
      };
      // Memory of connections that are gone is no measure of those that stayed.
      const void_ = broken > 0 ? { void: 'connections broke' } : {};
      return [
        { load: TITLE, server: turn.server, figures, ...void_, troubles: { 'connections broke': broken } },
      ];
    } finally {
      await load.end();
      await server.stop();
    }
  },
};

async function idle(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
