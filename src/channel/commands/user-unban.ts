import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { PersonData } from '../../protocol/sanction-data.ts';

/** Ends a ban, or the time before which who was kicked may not come back. */
export const userUnban = defineChannelCommand({
  type: 'user:unban',
  rate: 'query',
  requires: 'none',
  may: leaveFor('ban'),
  data: PersonData,
  handle(state, { from, waiter, data }, ctx) {
    return actOn(state, data.user, { act: { kind: 'unban' }, from: from.user, waiter }, ctx);
  },
});
