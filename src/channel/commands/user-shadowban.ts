import { SanctionData } from '../../protocol/sanction-data.ts';
import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';

/** Hides from others what somebody sends here from now on, without telling them or anybody but moderators. */
export const userShadowban = defineChannelCommand({
  type: 'user:shadowban',
  rate: 'query',
  requires: 'none',
  may: leaveFor('shadowban'),
  data: SanctionData,
  handle(state, { from, waiter, data }, ctx) {
    const { user, ...terms } = data;
    return actOn(state, user, { act: { kind: 'shadow', ...terms }, from: from.user, waiter }, ctx);
  },
});
