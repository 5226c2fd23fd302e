/** Small rooms without rules of automod and with fifty: what judging a message costs. */
import { ADMIN, adminToken, FIFTY_RULES, makeRules } from '../automod-rules.ts';
import { measureRooms } from '../broadcast-round.ts';
import { SERVER_CORE } from '../cores.ts';
import { OURS, peerNamed } from '../peers/all-peers.ts';
import { type Column, medianColumn } from '../report/detail-table.ts';
import { decimals, fullPercent, percent, times } from '../report/number-text.ts';
import { CPU_PER_DELIVERY, cpuRatio, roomsLine } from './rooms-scenario.ts';
import { type Scenario, sized } from './scenario.ts';
import { ROOMS } from './small-rooms.ts';

const LOAD = 'small rooms 100 × 10, 8,000 msg/s, judged';
const SECONDS = 5;
const WITH_RULES = `${OURS}, 50 rules`;

const COLUMNS: readonly Column[] = [
  medianColumn('CPU per delivery, µs', CPU_PER_DELIVERY, decimals(2)),
  medianColumn('p50 ms', 'p50Ms', decimals(1)),
  medianColumn('p99 ms', 'p99Ms', decimals(1)),
  {
    header: 'delivered',
    value: (results, load, server) => results.smallest(load, server, 'delivered'),
    text: fullPercent,
  },
  medianColumn('server CPU s', 'serverCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** See the head of the file. */
export const AUTOMOD: Scenario = {
  names: ['automod'],
  onlyByName: true,
  title: LOAD,
  servers: [OURS, WITH_RULES],
  roundSeconds: 34,
  columns: COLUMNS,
  targets: [
    {
      row: LOAD,
      figure: 'CPU per delivery with 50 rules, of that without',
      value: (results) => cpuRatio(results, LOAD, WITH_RULES, OURS),
      text: times,
      must: { atMost: 1.05 },
    },
  ],
  measure: async (turn) => {
    const peer = peerNamed(OURS);
    const server = await peer.start(SERVER_CORE, ADMIN);
    try {
      if (turn.server === WITH_RULES) {
        await makeRules(server.port, FIFTY_RULES, await adminToken(server.port));
      }
      const result = await measureRooms(server, peer.dialect, ROOMS, sized(turn, SECONDS));
      return [roomsLine(LOAD, turn, result)];
    } finally {
      await server.stop();
    }
  },
};
