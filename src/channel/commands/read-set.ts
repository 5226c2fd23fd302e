import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { decide } from '../../protocol/decide.ts';
import type { Principal } from '../../protocol/entities.ts';
import type { Failure } from '../../protocol/errors.ts';
import { defineChannelCommand } from '../command.ts';
import { NO_CHANNEL } from '../leave.ts';
import { markRead } from '../read-marks.ts';
import type { ChannelState, Context } from '../state.ts';

/** The user has read up to here, in the channel or looking at it from elsewhere. */
export const readSet = defineChannelCommand({
  type: 'read:set',
  rate: 'signal',
  requires: 'none',
  may: readProblem,
  data: Type.Object({ seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) }),
  handle(state, { from, waiter, data }, ctx) {
    const problem = readProblem(state, from.user, ctx);
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    return markRead(state, from.user.id, data.seq, waiter, ctx);
  },
});

/** There is something to read where there is a record. */
function readProblem(state: ChannelState, user: Principal, ctx: Context): Failure | null {
  return state.exists ? decide(user, 'read', state, ctx) : NO_CHANNEL;
}
