import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { react } from '../reactions.ts';

/** Reacts to a message with an emoji or a short code; once each. */
export const reactionAdd = defineChannelCommand({
  type: 'reaction:add',
  rate: 'message',
  requires: 'reaction',
  data: Type.Object({ messageId: Type.String({ minLength: 1, maxLength: 64 }), emoji: Type.String() }),
  handle(state, { from, waiter, data: { messageId, emoji } }, ctx) {
    return react(state, { messageId, emoji, isAdded: true, from: from.user, waiter }, ctx);
  },
});
