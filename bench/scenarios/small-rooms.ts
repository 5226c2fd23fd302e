/** Many small rooms: teams, support desks, games. Ten people each, all of them busy. */
import { BARE_WS, OURS, SOCKET_IO } from '../peers/all-peers.ts';
import { times } from '../report/number-text.ts';
import { cpuRatio, roomsScenario } from './rooms-scenario.ts';

const TITLE = 'small rooms 100 × 10, 8,000 msg/s';

/** A hundred rooms of ten. */
export const ROOMS = { rooms: 100, membersPerRoom: 10, rate: 8_000, textBytes: 100 } as const;

/** Each message goes to ten, so what a message costs shows, and not only what a delivery does. */
export const SMALL_ROOMS = roomsScenario({
  names: ['small-rooms'],
  title: TITLE,
  servers: [OURS, BARE_WS, SOCKET_IO],
  rooms: ROOMS,
  seconds: 5,
  roundSeconds: 37,
  targets: [
    {
      row: TITLE,
      figure: 'CPU per delivery, of bare ws',
      value: (results) => cpuRatio(results, TITLE, OURS, BARE_WS),
      text: times,
      must: { atMost: 1.3 },
      aim: { atMost: 1 },
    },
    {
      row: TITLE,
      figure: 'CPU per delivery, of Socket.IO',
      value: (results) => cpuRatio(results, TITLE, OURS, SOCKET_IO),
      text: times,
      must: { atMost: 0.75 },
    },
  ],
});
