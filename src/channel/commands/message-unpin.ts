import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { pin } from '../pins.ts';

/** Takes the pin of a message away. */
export const messageUnpin = defineChannelCommand({
  type: 'message:unpin',
  rate: 'message',
  requires: 'pin',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    return pin(state, { id: data.id, isPinned: false, from: from.user, waiter }, ctx);
  },
});
