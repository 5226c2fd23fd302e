/** Many small rooms: teams, support desks, games. Ten people each, all of them busy. */
import type { Scenario } from './scenario.ts';

/** Each message goes to ten, so what a message costs shows, and not only what a delivery does. */
export const SMALL_ROOMS: readonly Scenario[] = [
  {
    name: 'small-rooms',
    title: 'small rooms 100 × 10, 8,000 msg/s',
    rooms: 100,
    membersPerRoom: 10,
    rate: 8_000,
    seconds: 5,
    textBytes: 100,
  },
];
