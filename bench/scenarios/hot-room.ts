/** One room where everybody is: a live stream's chat. Every message goes to a thousand. */
import { BARE_WS, OURS, SOCKET_IO } from '../peers/all-peers.ts';
import { decimals, fullPercent, times } from '../report/number-text.ts';
import { ratio } from '../report/results.ts';
import { cpuRatio, PER_CPU_SECOND, roomsScenario } from './rooms-scenario.ts';
import type { Scenario } from './scenario.ts';

const QUIET = 'hot room 1 × 1,000, 50 msg/s';
const BUSY = 'hot room 1 × 1,000, 1,000 msg/s';
const ROOM = { rooms: 1, membersPerRoom: 1_000, textBytes: 100 } as const;

const quiet = roomsScenario({
  names: ['hot-room'],
  title: QUIET,
  servers: [OURS, BARE_WS],
  otherServers: [SOCKET_IO],
  rooms: { ...ROOM, rate: 50 },
  seconds: 10,
  roundSeconds: 38,
  targets: [
    {
      row: QUIET,
      figure: 'CPU per delivery, of bare ws',
      value: (results) => cpuRatio(results, QUIET, OURS, BARE_WS),
      text: times,
      must: { atMost: 1.15 },
      aim: { atMost: 1 },
    },
    {
      row: QUIET,
      figure: 'p50 above that of bare ws, ms',
      value: (results) => {
        const [ours, bare] = [OURS, BARE_WS].map((server) => results.median(QUIET, server, 'p50Ms'));
        return ours == null || bare == null ? null : ours - bare;
      },
      text: decimals(1),
      must: { atMost: 3 },
    },
  ],
});

const busy = roomsScenario({
  names: ['hot-room'],
  title: BUSY,
  servers: [OURS, BARE_WS],
  otherServers: [SOCKET_IO],
  rooms: { ...ROOM, rate: 1_000 },
  seconds: 5,
  roundSeconds: 42,
  targets: [
    {
      row: BUSY,
      figure: 'deliveries per CPU second, of bare ws',
      value: (results) =>
        ratio(results.median(BUSY, OURS, PER_CPU_SECOND), results.median(BUSY, BARE_WS, PER_CPU_SECOND)),
      text: times,
      must: { atLeast: 6 },
      aim: { atLeast: 10 },
    },
    {
      row: BUSY,
      figure: 'delivered, worst round',
      value: (results) => results.smallest(BUSY, OURS, 'delivered'),
      text: fullPercent,
      must: { atLeast: 1 },
    },
    {
      row: BUSY,
      figure: 'p99, ms',
      value: (results) => results.median(BUSY, OURS, 'p99Ms'),
      text: decimals(1),
      must: { atMost: 150 },
      aim: { atMost: 50 },
    },
  ],
});

/** Quiet enough for every server to keep up, and more than any can send one by one. */
export const HOT_ROOM: readonly Scenario[] = [quiet, busy];
