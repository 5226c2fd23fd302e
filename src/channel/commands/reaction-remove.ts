import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { react } from '../reactions.ts';

/** Takes one's own reaction back. */
export const reactionRemove = defineChannelCommand({
  type: 'reaction:remove',
  rate: 'message',
  requires: 'reaction',
  data: Type.Object({ messageId: Type.String({ minLength: 1, maxLength: 64 }), emoji: Type.String() }),
  handle(state, { from, waiter, data: { messageId, emoji } }, ctx) {
    return react(state, { messageId, emoji, isAdded: false, from: from.user, waiter }, ctx);
  },
});
