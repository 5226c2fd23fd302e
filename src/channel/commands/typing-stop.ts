import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { stopTyping, typedHere } from '../typing.ts';

/** Says that the user stopped typing. */
export const typingStop = defineChannelCommand({
  type: 'typing:stop',
  rate: 'signal',
  requires: 'typing',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    const isTyping = state.typing.has(from.user.id);
    return [
      ...stopTyping(state, from.user.id, from.user, ctx),
      ...(isTyping ? [typedHere(from.user, false)] : []),
      ...ack(waiter, state.id, ctx.now),
    ];
  },
});
