/** When something that didn't get through is tried again. */

/** It is given up when it is so old, ms. */
export const GIVE_UP_MS = 24 * 3_600_000;
const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;

/**
 * ms until the next try after `attempts` failed ones: twice as long each time up to an hour, and up to a half less by chance
 * (`random`, from 0 to 1), so that what failed together doesn't come together again. Null: it is `ageMs` old, and given up.
 */
export function pauseAfter(attempts: number, ageMs: number, random: number): number | null {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 20));
  const pause = Math.round(whole * (1 - random / 2));
  return ageMs + pause > GIVE_UP_MS ? null : pause;
}
