import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { SanctionData } from '../../protocol/sanction-data.ts';

/** Puts somebody out of the channel; with `seconds` they may not come back before that. */
export const channelKick = defineChannelCommand({
  type: 'channel:kick',
  rate: 'query',
  requires: 'none',
  may: leaveFor('kick'),
  data: SanctionData,
  handle(state, { from, waiter, data }, ctx) {
    const { user, ...terms } = data;
    return actOn(state, user, { act: { kind: 'kick', ...terms }, from: from.user, waiter }, ctx);
  },
});
