import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { tellPins } from '../pins.ts';

/** The pinned messages as they are now, the oldest pin first, or those behind one. */
export const pinsGet = defineChannelCommand({
  type: 'pins:get',
  rate: 'query',
  requires: 'joined',
  pages: true,
  data: Type.Object({ after: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })) }),
  handle(state, { waiter, data }, ctx) {
    return tellPins(state, waiter, data.after, ctx);
  },
});
