import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { pin } from '../pins.ts';

/** Pins a message. */
export const messagePin = defineChannelCommand({
  type: 'message:pin',
  rate: 'message',
  requires: 'pin',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    return pin(state, { id: data.id, isPinned: true, from: from.user, waiter }, ctx);
  },
});
