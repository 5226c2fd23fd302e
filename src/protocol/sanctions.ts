/** What somebody is told whom a ban or a mute keeps from something. Times are ms since the epoch. */
import type { User } from './entities.ts';
import { failure, type Failure } from './errors.ts';

/** Longest ban or mute with an end, and what is deleted with a ban at most, seconds. */
export const MAX_SANCTION_SECONDS = 31_536_000;
export const MAX_DELETE_SECONDS = 604_800;

/** Until when something holds, and why. */
export interface Held {
  /** Null: without end. */
  readonly until: number | null;
  readonly reason?: string;
}

/** Whether what holds until then does so now. */
export function isInForce(until: number | null, now: number): boolean {
  return until === null || until > now;
}

/** The answer to who is banned from everywhere. */
export function bannedFailure({ until, reason }: Held, now: number): Failure {
  const end = until === null ? '' : ` until ${new Date(until).toISOString()}`;
  const message = `banned from this server${end}${reason === undefined ? '' : `: ${reason}`}`;
  return failure('banned', message, until === null ? undefined : Math.max(0, until - now));
}

/** The answer to a user who may not write anywhere; null where nothing keeps them. */
export function mutedFailure({ mutedUntil }: Pick<User, 'mutedUntil'>, now: number): Failure | null {
  if (mutedUntil === undefined || !isInForce(mutedUntil, now)) return null;
  return failure('muted', 'you are muted everywhere', mutedUntil === null ? undefined : mutedUntil - now);
}
