/** Whether somebody may do what they needn't be in the channel for. */
import { type ActionName, decide } from '../protocol/decide.ts';
import type { Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import type { ChannelState, Context } from './state.ts';

/** The answer where there is no channel, or none that one may know of. */
export const NO_CHANNEL = failure('not_found', 'no such channel');

/** Whether anybody made it, or is in it. */
export function isThere({ exists, present }: ChannelState): boolean {
  return exists || present.size > 0;
}

/** Why `user` may not do this from wherever they are, or null: they may. */
export function leaveProblem(
  state: ChannelState,
  user: Principal,
  action: ActionName,
  ctx: Context,
): Failure | null {
  return isThere(state) ? decide(user, action, state, ctx) : NO_CHANNEL;
}

/** {@link leaveProblem} of one action: what a command decides before it looks at what was sent. */
export function leaveFor(action: ActionName) {
  return (state: ChannelState, user: Principal, ctx: Context): Failure | null =>
    leaveProblem(state, user, action, ctx);
}
