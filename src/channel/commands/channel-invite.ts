import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { PersonData } from '../../protocol/sanction-data.ts';

/** Makes somebody a member of the channel, who is told wherever they are. */
export const channelInvite = defineChannelCommand({
  type: 'channel:invite',
  rate: 'query',
  requires: 'none',
  may: leaveFor('invite'),
  data: PersonData,
  handle(state, { from, waiter, data }, ctx) {
    return actOn(state, data.user, { act: { kind: 'invite' }, from: from.user, waiter }, ctx);
  },
});
