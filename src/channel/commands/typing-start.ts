import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { startTyping, typedHere } from '../typing.ts';

/** Says that the user types; ends by itself. */
export const typingStart = defineChannelCommand({
  type: 'typing:start',
  rate: 'signal',
  requires: 'typing',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    // Nobody knows of a hidden one.
    if (from.user.hidden === true) return ack(waiter, state.id, ctx.now);
    return [
      ...startTyping(state, from.user, ctx),
      ...(state.typing.has(from.user.id) ? [typedHere(from.user, true)] : []),
      ...ack(waiter, state.id, ctx.now),
    ];
  },
});
