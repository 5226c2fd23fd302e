import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { decide } from '../../protocol/decide.ts';
import { failure } from '../../protocol/errors.ts';
import { defineChannelCommand } from '../command.ts';
import { markRead } from '../read-marks.ts';

const NO_CHANNEL = failure('not_found', 'no such channel');

/** The user has read up to here, in the channel or looking at it from elsewhere. */
export const readSet = defineChannelCommand({
  type: 'read:set',
  rate: 'signal',
  requires: 'none',
  data: Type.Object({ seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) }),
  handle(state, { from, waiter, data }, ctx) {
    const problem = state.exists ? decide(from.user, 'read', state, ctx) : NO_CHANNEL;
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    return markRead(state, from.user.id, data.seq, waiter, ctx);
  },
});
