/** What stands behind commands about a person. */
import type { PersonKey } from '../../protocol/person.ts';
import { MAX_REASON_LENGTH } from '../../protocol/limits.ts';
import { MAX_SANCTION_SECONDS } from '../../protocol/sanctions.ts';
import { codePoints } from '../../protocol/text.ts';
import type { ArgumentReader } from './arguments.ts';

/** Whom, for how long (seconds), and why. */
export interface SanctionArgs {
  readonly user: PersonKey;
  readonly seconds?: number;
  readonly reason?: string;
}

/** `name [10m] [reason]`, within the bounds of the same request without a slash. */
export function sanctionArgs(args: ArgumentReader): SanctionArgs | null {
  const user = args.person();
  if (user === null) return null;
  const seconds = args.duration();
  const reason = args.rest();
  if (seconds !== undefined && (seconds < 1 || seconds > MAX_SANCTION_SECONDS)) return null;
  if (reason !== undefined && codePoints(reason) > MAX_REASON_LENGTH) return null;
  return {
    user,
    ...(seconds === undefined ? {} : { seconds }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** `name` and nothing else. */
export function personArgs(args: ArgumentReader): PersonKey | null {
  const user = args.person();
  return args.isAtEnd ? user : null;
}
