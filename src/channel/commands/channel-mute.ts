import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { SanctionData } from '../../protocol/sanction-data.ts';

/** Lets somebody read here, and not write, react or type. */
export const channelMute = defineChannelCommand({
  type: 'channel:mute',
  rate: 'query',
  requires: 'none',
  may: leaveFor('mute'),
  data: SanctionData,
  handle(state, { from, waiter, data }, ctx) {
    const { user, ...terms } = data;
    return actOn(state, user, { act: { kind: 'mute', ...terms }, from: from.user, waiter }, ctx);
  },
});
