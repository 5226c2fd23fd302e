/** The REST side beside the chat: what each leaves the other. */
import { type Rooms, warmRooms } from '../broadcast-round.ts';
import { freePort } from '../child-server.ts';
import { LOAD_CORE, pinPostgres, SERVER_CORE } from '../cores.ts';
import { hubbubTokens } from '../hubbub-tokens.ts';
import { startHubbubServer } from '../hubbub-server.ts';
import type { BroadcastResult } from '../load/broadcast.ts';
import type { FlatOutResult, RestOutcome, RestSteps } from '../load/rest.ts';
import { LoadProcess } from '../load-process.ts';
import { OURS } from '../peers/all-peers.ts';
import { type Column, medianColumn } from '../report/detail-table.ts';
import { decimals, percent, times, whole } from '../report/number-text.ts';
import { type Line, ratio } from '../report/results.ts';
import { PER_CPU_SECOND, roomsLine } from './rooms-scenario.ts';
import { loadShare, type Scenario, sized, type Turn } from './scenario.ts';
import { ROOMS } from './small-rooms.ts';

const HALF: Rooms = { ...ROOMS, rate: ROOMS.rate / 2 };
const CHAT_SECONDS = 8;
const REST_RATE = 500;
/** The share of it from which on it counts as kept. */
const RATE_KEPT = 0.98;
/** The requests' rate is whole when the chat's clock starts, and until it has ended, s. */
const AROUND_SECONDS = 2;
/** A user may ask ten times a second, so many share the requests. */
const USERS = 100;
const FLAT_OUT_SECONDS = 1;
const FLAT_OUT_CONNECTIONS = 50;
/** Routes take turns, so that all are equally warm; the first turns don't count. The promise is about one of them. */
const PROMISED_TURNS = { warm: 1, counted: 3 };
const OTHER_TURNS = { warm: 1, counted: 1 };
/** Users who ask flat out, moderators, since /users is for those: too many for one to reach the limit. */
const FLAT_OUT_USERS = 1_000;
const PATIENCE_MS = 10_000;

const ALONE = 'small rooms, 4,000 msg/s, alone';
const BESIDE = 'small rooms, 4,000 msg/s, beside 500 requests/s';
const REQUESTS = 'the 500 requests/s';
const FLAT_OUT = 'flat out, ';
const DISCOVERY = `${FLAT_OUT}GET /discovery`;
const BARE = `${FLAT_OUT}a bare Fastify route`;
/** The other main routes; the channel is one of the chat's. `/login` isn't here: hashing is slow on purpose, and throttled. */
const OTHERS = [
  { path: '/health', isOpen: true },
  { path: '/channels', isOpen: false },
  { path: '/chat/history/bench-0', isOpen: false },
  // More searches at once are refused.
  { path: '/messages?channel=bench-0', isOpen: false, connections: 8 },
  { path: '/users', isOpen: false },
];

const COLUMNS: readonly Column[] = [
  medianColumn('p50 ms', 'p50Ms', decimals(2)),
  medianColumn('p99 ms', 'p99Ms', decimals(2)),
  medianColumn('requests/s', 'perSecond', whole),
  medianColumn('deliveries or requests per CPU second', PER_CPU_SECOND, whole),
  {
    header: 'of the bare route',
    value: (results, load, server) =>
      load.startsWith(FLAT_OUT)
        ? ratio(results.median(load, server, PER_CPU_SECOND), results.median(BARE, OURS, PER_CPU_SECOND))
        : null,
    text: times,
  },
  medianColumn('server CPU s', 'serverCpu', decimals(2)),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** See the head of the file. */
export const REST_UNDER_LOAD: Scenario = {
  names: ['rest', 'rest-under-load'],
  title: BESIDE,
  servers: [OURS],
  roundSeconds: 54,
  columns: COLUMNS,
  targets: [
    {
      row: BESIDE,
      figure: "chat's p99, of its value alone",
      value: (results) => ratio(results.median(BESIDE, OURS, 'p99Ms'), results.median(ALONE, OURS, 'p99Ms')),
      text: times,
      must: { atMost: 2 },
    },
    {
      row: DISCOVERY,
      figure: 'requests per CPU second, of the bare route',
      value: (results) =>
        ratio(results.median(DISCOVERY, OURS, PER_CPU_SECOND), results.median(BARE, OURS, PER_CPU_SECOND)),
      text: times,
      must: { atLeast: 0.8 },
    },
  ],
  measure: async (turn) => {
    const barePort = await freePort();
    const server = await startHubbubServer({
      core: SERVER_CORE,
      module: 'bench/peers/hubbub-beside-bare-route.ts',
      args: [String(barePort)],
    });
    const rest = new LoadProcess<RestSteps>('load/rest.ts', LOAD_CORE);
    try {
      await untilBareAnswers(barePort);
      await pinPostgres(server.dataFolder);
      const running = {
        pid: server.pid(),
        port: server.port,
        dataFolder: server.dataFolder,
        stop: () => server.remove(),
      };
      const requests = await requestsOf(server.dataFolder);
      const chat = await warmRooms(running, 'hubbub', HALF);
      const seconds = sized(turn, CHAT_SECONDS);
      const lines: Line[] = [];
      try {
        lines.push(roomsLine(ALONE, turn, await chat.send(seconds)));
        const askedSeconds = Math.ceil(seconds) + AROUND_SECONDS;
        const asked = rest.step('fixed', {
          ...{ port: server.port, rate: REST_RATE, requests, seconds: askedSeconds },
        });
        const fullRate = new Promise((resolve) => setTimeout(resolve, (AROUND_SECONDS * 1_000) / 2));
        const [beside, answers] = await Promise.all([fullRate.then(() => chat.send(seconds)), asked]);
        lines.push(
          roomsLine(BESIDE, turn, withBoth(beside, answers)),
          requestsLine(turn, answers, askedSeconds),
        );
      } finally {
        await chat.end();
      }
      const tokens = await hubbubTokens(server.dataFolder, FLAT_OUT_USERS, ['user', 'moderator']);
      const promised = [
        { title: DISCOVERY, port: server.port, path: '/discovery' },
        { title: BARE, port: barePort, path: '/bare' },
      ];
      const others = OTHERS.map(({ isOpen, ...route }) => ({
        ...{ title: `${FLAT_OUT}GET ${route.path}`, port: server.port, ...route },
        ...(isOpen ? {} : { tokens }),
      }));
      for (const { routes, turns } of [
        { routes: promised, turns: PROMISED_TURNS },
        { routes: others, turns: OTHER_TURNS },
      ]) {
        for (let i = -turns.warm; i < turns.counted; i += 1) {
          for (const { title, ...route } of routes) {
            const ask = { connections: FLAT_OUT_CONNECTIONS, ...route, seconds: FLAT_OUT_SECONDS };
            const result = await rest.step('flatOut', { ...ask, serverPid: server.pid() });
            if (i >= 0) lines.push(flatOutLine(title, turn, result));
          }
        }
      }
      return lines;
    } finally {
      await rest.end();
      await server.remove();
    }
  },
};

async function requestsOf(dataFolder: string) {
  const tokens = await hubbubTokens(dataFolder, USERS);
  return tokens.flatMap((token) => {
    const headers = { authorization: `Bearer ${token}` };
    return [
      { path: '/discovery' },
      { path: '/channels', headers },
      { path: '/chat/history/bench-0', headers },
    ];
  });
}

/** Both loads share a core, and the void rule is about what the two of them took of it. */
function withBoth(chat: BroadcastResult, { loadCpu, elapsedMs }: RestOutcome): BroadcastResult {
  return { ...chat, loadCpu: chat.loadCpu + (loadCpu * chat.elapsedMs) / elapsedMs };
}

function requestsLine({ server }: Turn, asked: RestOutcome, seconds: number): Line {
  const { answered, failed, elapsedMs, p50Ms, p99Ms } = asked;
  // The last second's requests are made at its beginning.
  const perSecond = answered / Math.max(seconds, elapsedMs / 1_000);
  return {
    load: REQUESTS,
    server,
    figures: { p50Ms, p99Ms, perSecond },
    troubles: {
      'requests failed': failed,
      'rounds in which the rate was not kept': perSecond < RATE_KEPT * REST_RATE ? 1 : 0,
    },
  };
}

/** The load may be the limit here: what is compared is what a request costs the server. */
function flatOutLine(load: string, { server }: Turn, result: FlatOutResult): Line {
  const { answered, failed, elapsedMs, serverCpu, p50Ms, p99Ms } = result;
  return {
    load,
    server,
    figures: {
      ...{ p50Ms, p99Ms, serverCpu },
      perSecond: (answered * 1_000) / elapsedMs,
      [PER_CPU_SECOND]: answered / Math.max(serverCpu, 0.01),
      loadShare: loadShare(result),
    },
    troubles: { 'requests failed': failed },
  };
}

async function untilBareAnswers(port: number): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/bare`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    if (Date.now() > deadline) throw new Error('the bare route does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
