import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { PersonData } from '../../protocol/sanction-data.ts';

/** Ends a mute. */
export const channelUnmute = defineChannelCommand({
  type: 'channel:unmute',
  rate: 'query',
  requires: 'none',
  may: leaveFor('mute'),
  data: PersonData,
  handle(state, { from, waiter, data }, ctx) {
    return actOn(state, data.user, { act: { kind: 'unmute' }, from: from.user, waiter }, ctx);
  },
});
