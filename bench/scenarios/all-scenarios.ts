/** Everything that `npm run bench` measures, in this order. */
import { ACTIVITY } from './activity.ts';
import { AUTOMOD } from './automod.ts';
import { DURABLE_SENDS } from './durable-sends.ts';
import { GATEWAYS } from './gateways.ts';
import { HOT_ROOM } from './hot-room.ts';
import { IDLE } from './idle.ts';
import { LIVE_EFFECT } from './live-effect.ts';
import { REST_UNDER_LOAD } from './rest-under-load.ts';
import type { Scenario } from './scenario.ts';
import { SMALL_ROOMS } from './small-rooms.ts';
import { STORMS } from './storms.ts';
import { WHISPERS } from './whispers.ts';

/** All of them. */
export const ALL_SCENARIOS: readonly Scenario[] = [
  ...HOT_ROOM,
  SMALL_ROOMS,
  AUTOMOD,
  LIVE_EFFECT,
  DURABLE_SENDS,
  WHISPERS,
  IDLE,
  STORMS,
  REST_UNDER_LOAD,
  GATEWAYS,
  ACTIVITY,
];

/** Rounds that figures are medians of, unless the command line says otherwise. */
export const ROUNDS = 3;

/** About how long `rounds` of these scenarios take, s. */
export function plannedSeconds(scenarios: readonly Scenario[], rounds: number): number {
  return scenarios.reduce(
    (sum, { roundSeconds, isOnce }) => sum + (isOnce === true ? 1 : rounds) * roundSeconds,
    0,
  );
}
