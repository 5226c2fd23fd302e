import Type from 'typebox';
import { MAX_DELETE_SECONDS } from '../../protocol/sanctions.ts';
import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { SanctionData } from '../../protocol/sanction-data.ts';

/**
 * Puts somebody out of the channel, and lets them in no more; `deleteSeconds` takes what they sent here lately away. Without
 * a channel the gateway answers it.
 */
export const userBan = defineChannelCommand({
  type: 'user:ban',
  rate: 'query',
  requires: 'none',
  may: leaveFor('ban'),
  data: Type.Object({
    ...SanctionData.properties,
    deleteSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DELETE_SECONDS })),
  }),
  handle(state, { from, waiter, data }, ctx) {
    const { user, ...terms } = data;
    return actOn(state, user, { act: { kind: 'ban', ...terms }, from: from.user, waiter }, ctx);
  },
});
