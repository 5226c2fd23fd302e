import Type from 'typebox';
import { change } from '../changes.ts';
import { defineChannelCommand } from '../command.ts';

/** Takes away the text of a message: of one's own, or as staff of anybody's. */
export const messageDelete = defineChannelCommand({
  type: 'message:delete',
  rate: 'message',
  requires: 'message:delete',
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    return change(state, data.id, { content: null, from: from.user, waiter }, ctx);
  },
});
