/** Who may write whispers at all; who may write to whom is for the recipient's inbox to say. */
import type { Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { mayWhisper } from '../protocol/permissions.ts';
import { mutedFailure } from '../protocol/sanctions.ts';
import type { Context } from './state.ts';

/** Why the user may send and edit none; null when nothing stands against it. */
export function whisperingFailure(user: Principal, { policy, now }: Context): Failure | null {
  if (!mayWhisper(user, policy)) {
    return failure('forbidden', 'guests may read whispers here, but not send any');
  }
  return mutedFailure(user, now);
}
