import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { stopTyping } from '../typing.ts';

/** Says that the user stopped typing. */
export const typingStop = defineChannelCommand({
  type: 'typing:stop',
  rate: 'signal',
  requires: 'typing',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    return [...stopTyping(state, from.user.id, from.user, ctx), ...ack(waiter, state.id, ctx.now)];
  },
});
