/** One room where everybody is: a live stream's chat. Every message goes to a thousand. */
import type { Scenario } from './scenario.ts';

const room = { name: 'hot-room', rooms: 1, membersPerRoom: 1_000, textBytes: 100 } as const;

/** Quiet enough for every server to keep up, and more than any can send one by one. */
export const HOT_ROOM: readonly Scenario[] = [
  { ...room, title: 'hot room 1 × 1,000, 50 msg/s', rate: 50, seconds: 10 },
  { ...room, title: 'hot room 1 × 1,000, 1,000 msg/s', rate: 1_000, seconds: 5 },
];
