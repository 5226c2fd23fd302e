/** `data` of the requests that act on a person. */
import Type from 'typebox';
import { Person } from './person.ts';
import { MAX_REASON_LENGTH } from './limits.ts';
import { MAX_SANCTION_SECONDS } from './sanctions.ts';

/** Whom, why, and for how long; without `seconds` there is no end. */
export const SanctionData = Type.Object({
  user: Person,
  reason: Type.Optional(Type.String({ maxLength: MAX_REASON_LENGTH })),
  seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SANCTION_SECONDS })),
});

/** Whom. */
export const PersonData = Type.Object({ user: Person });
