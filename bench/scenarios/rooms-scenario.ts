/** What all scenarios of rooms have in common: how a round becomes a line, and what is told of it. */
import { measureRooms, type Rooms } from '../broadcast-round.ts';
import { SERVER_CORE } from '../cores.ts';
import type { BroadcastResult } from '../load/broadcast.ts';
import { BARE_WS, peerNamed } from '../peers/all-peers.ts';
import { type Column, medianColumn } from '../report/detail-table.ts';
import { decimals, fullPercent, percent, times, whole } from '../report/number-text.ts';
import { type Line, ratio, type Results } from '../report/results.ts';
import { figuresBeside, type Scenario, sized, type Turn, voidByLoad } from './scenario.ts';

/** A scenario of rooms, without what all of them share. */
export interface RoomsPlan extends Pick<
  Scenario,
  'names' | 'title' | 'servers' | 'targets' | 'roundSeconds'
> {
  readonly otherServers?: readonly string[];
  readonly rooms: Rooms;
  /** How long to send; the same number of messages for every server. */
  readonly seconds: number;
}

/** CPU of the server, µs, for each message that reached a member. */
export const CPU_PER_DELIVERY = 'cpuPerDelivery';
/** Messages that reached a member, by CPU second of the server. */
export const PER_CPU_SECOND = 'perCpuSecond';

const COLUMNS: readonly Column[] = [
  medianColumn('deliveries per CPU second', PER_CPU_SECOND, whole),
  {
    header: 'of bare ws',
    value: (results, load, server) =>
      ratio(results.median(load, server, PER_CPU_SECOND), results.median(load, BARE_WS, PER_CPU_SECOND)),
    text: times,
  },
  medianColumn('p50 ms', 'p50Ms', decimals(1)),
  medianColumn('p99 ms', 'p99Ms', decimals(1)),
  // The worst round's: medians would hide a loss.
  {
    header: 'delivered',
    value: (results, load, server) => results.smallest(load, server, 'delivered'),
    text: fullPercent,
  },
  medianColumn('server CPU s', 'serverCpu', decimals(2)),
  medianColumn('PostgreSQL CPU s', 'postgresCpu', decimals(2)),
  medianColumn('load CPU', 'loadShare', percent),
];

/** Makes the scenario. */
export function roomsScenario({ rooms, seconds, ...plan }: RoomsPlan): Scenario {
  return {
    ...plan,
    columns: COLUMNS,
    measure: async (turn) => {
      const peer = peerNamed(turn.server);
      const server = await peer.start(SERVER_CORE);
      try {
        const result = await measureRooms(server, peer.dialect, rooms, sized(turn, seconds));
        return [roomsLine(plan.title, turn, result)];
      } finally {
        await server.stop();
      }
    },
  };
}

/** What a round of rooms says. */
export function roomsLine(load: string, { server }: Pick<Turn, 'server'>, result: BroadcastResult): Line {
  const { delivered, expected, serverCpu } = result;
  return {
    load,
    server,
    figures: {
      // A tick of the kernel's clock is the least that a process can have used.
      [PER_CPU_SECOND]: delivered / Math.max(serverCpu, 0.01),
      [CPU_PER_DELIVERY]: (serverCpu * 1e6) / Math.max(delivered, 1),
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      delivered: delivered / expected,
      serverCpu,
      ...figuresBeside(result),
    },
    ...voidByLoad(result),
    troubles: {
      'connections broke': result.brokenConnections,
      'messages reached nobody': result.unseen,
      'messages came too often': result.overdelivered,
    },
  };
}

/** CPU per delivery of one server over another's. */
export function cpuRatio(results: Results, load: string, server: string, other: string): number | null {
  return ratio(results.median(load, server, CPU_PER_DELIVERY), results.median(load, other, CPU_PER_DELIVERY));
}
