/** Bans and mutes from everywhere as REST writes them. */
import Type from 'typebox';
import type { StoredSanction } from '../auth/sanction-store.ts';
import { failure } from '../protocol/errors.ts';
import { MAX_REASON_LENGTH } from '../protocol/limits.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { isInForce, MAX_SANCTION_SECONDS } from '../protocol/sanctions.ts';
import { Limit, ref } from './schemas.ts';

const SECONDS_AN_HOUR = 3_600;

export const UserId = Type.String({ minLength: 1, maxLength: 128, description: 'Id of the user' });

/** Id of one, in a query. */
export const SanctionId = Type.String({ minLength: 1, maxLength: 64, description: 'Of the list' });

/** What a new one may say of itself. */
export const TERMS = {
  reason: Type.Optional(Type.String({ maxLength: MAX_REASON_LENGTH, description: 'Shown to the user' })),
  duration: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_SANCTION_SECONDS / SECONDS_AN_HOUR,
      description: 'Hours; without it and `duration_seconds` there is no end',
    }),
  ),
  duration_seconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_SANCTION_SECONDS, description: 'Seconds; or else `duration`' }),
  ),
};

const UNTIL = Type.Union([Type.Integer(), Type.Null()], {
  description: 'When it ends, ms since the epoch; null: it does not by itself',
});

/** What a new one is answered with, beside its id. */
export const IMPOSED = {
  user: ref('Person'),
  until: UNTIL,
  replaced: Type.Boolean({ description: 'Whether it took the place of one that was in force' }),
};

/** What one of the list tells, beside its id. */
export const LISTED = {
  user: ref('Person'),
  by: ref('Person'),
  reason: Type.Optional(Type.String()),
  address: Type.Optional(Type.String({ description: 'Guests from there are banned too' })),
  created_at: Type.Integer({ description: 'ms since the epoch' }),
  until: UNTIL,
  active: Type.Boolean({ description: 'Whether it is in force' }),
  ended_at: Type.Optional(
    Type.Integer({ description: 'When it was pardoned or another took its place, ms since the epoch' }),
  ),
  pardoned: Type.Boolean(),
  pardoned_by: Type.Optional(ref('Person')),
};

export const ListQuery = Type.Object({
  user_id: Type.Optional(UserId),
  active: Type.Optional(Type.Boolean({ description: 'Those in force, or those that are not' })),
  before: Type.Optional(
    Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$', description: '`next` of the page before' }),
  ),
  limit: Limit,
});

/** For how long, of {@link TERMS}. */
export interface TermLength {
  readonly duration?: number;
  readonly duration_seconds?: number;
}

/** For how long; undefined: without end. `bad_request` where both are said. */
export function secondsOf(terms: TermLength): Result<number | undefined> {
  const { duration, duration_seconds: seconds } = terms;
  if (duration === undefined) return ok(seconds);
  if (seconds === undefined) return ok(duration * SECONDS_AN_HOUR);
  return fail(failure('bad_request', 'Either duration or duration_seconds, not both.'));
}

/** One of the list, without its id. */
export function listed(sanction: StoredSanction, now: number) {
  const { user, by, reason, address, createdAt, until, endedAt, endedBy } = sanction;
  return {
    ...{ user, by, created_at: createdAt, until },
    ...(reason === undefined ? {} : { reason }),
    ...(address === undefined ? {} : { address }),
    active: endedAt === null && isInForce(until, now),
    ...(endedAt === null ? {} : { ended_at: endedAt }),
    pardoned: endedBy !== null,
    ...(endedBy === null ? {} : { pardoned_by: endedBy }),
  };
}

/** {@link ListQuery} as it came. */
export interface ListedQuery {
  readonly user_id?: string;
  readonly active?: boolean;
  readonly before?: string;
  readonly limit: number;
}

/** A query of the list. */
export function queryOf(query: ListedQuery) {
  const { user_id: user, active, before, limit } = query;
  return {
    limit,
    ...(user === undefined ? {} : { user }),
    ...(active === undefined ? {} : { active }),
    ...(before === undefined ? {} : { before }),
  };
}
