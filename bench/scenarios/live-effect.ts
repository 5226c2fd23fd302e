/** How long it takes until what a moderator does is felt on every connection of every shard, on a busy server. */
import { ADMIN, adminToken } from '../automod-rules.ts';
import { warmRooms } from '../broadcast-round.ts';
import { LOAD_CORE, SERVER_CORE } from '../cores.ts';
import { EFFECT_NAMES, type EffectName } from '../load/effect-names.ts';
import type { EffectSteps } from '../load/live-effect.ts';
import { LoadProcess } from '../load-process.ts';
import { OURS, peerNamed } from '../peers/all-peers.ts';
import { type Column, largestColumn, medianColumn } from '../report/detail-table.ts';
import { median } from '../report/median.ts';
import { decimals, whole } from '../report/number-text.ts';
import type { Results } from '../report/results.ts';
import { type Scenario, sized } from './scenario.ts';

const LOAD = 'acts of moderators, 3 shards, beside small rooms at 2,000 msg/s';
const SHARDS = 3;
const TIMES = 15;
const CHANNELS = Array.from({ length: 9 }, (_, n) => `effect-${n}`);
const BESIDE = { rooms: 100, membersPerRoom: 10, rate: 2_000, textBytes: 100 } as const;
/** Acts take about so long all together, s: what goes on beside them has to go on as long. */
const SECONDS = 45;
const ACTS = 'acts';

const named = (name: EffectName): string => `${LOAD}: ${name}`;

const COLUMNS: readonly Column[] = [
  medianColumn('acts', ACTS, whole),
  medianColumn('median ms', 'median', decimals(1)),
  largestColumn('worst ms', 'worst', decimals(1)),
];

/** See the head of the file. */
export const LIVE_EFFECT: Scenario = {
  names: ['live-effect'],
  onlyByName: true,
  title: LOAD,
  servers: [OURS],
  roundSeconds: 65,
  columns: COLUMNS,
  targets: [
    {
      row: LOAD,
      figure: 'from an act to its last effect, worst of all, ms',
      value: worst,
      text: whole,
      must: { atMost: 1_000 },
      aim: { atMost: 250 },
    },
  ],
  measure: async (turn) => {
    const peer = peerNamed(OURS);
    const server = await peer.start(SERVER_CORE, { ...ADMIN, SHARDS: String(SHARDS) });
    const load = new LoadProcess<EffectSteps>('load/live-effect.ts', LOAD_CORE);
    const rooms = await warmRooms(server, peer.dialect, BESIDE);
    try {
      const token = await adminToken(server.port);
      const times = Math.ceil(sized(turn, TIMES));
      const beside = rooms.send(sized(turn, SECONDS));
      const effects = await load.step('measure', { port: server.port, token, channels: CHANNELS, times });
      const { brokenConnections, delivered, expected } = await beside;
      return EFFECT_NAMES.map((name) => ({
        load: named(name),
        server: turn.server,
        figures: {
          [ACTS]: effects[name].length,
          median: median(effects[name]) ?? Number.NaN,
          worst: Math.max(...effects[name]),
        },
        troubles: {
          'connections broke': brokenConnections,
          'deliveries are missing': expected - delivered,
        },
      }));
    } finally {
      await rooms.end();
      await load.end();
      await server.stop();
    }
  },
};

function worst(results: Results): number | null {
  const all = EFFECT_NAMES.map((name) => results.largest(named(name), OURS, 'worst'));
  return all.includes(null) ? null : Math.max(...all.map((value) => value ?? 0));
}
