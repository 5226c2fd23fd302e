import Type from 'typebox';
import { PersonData, SanctionData } from '../../protocol/sanction-data.ts';
import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';

/** Ends a shadow ban; what was hidden stays so. */
export const userUnshadowban = defineChannelCommand({
  type: 'user:unshadowban',
  rate: 'query',
  requires: 'none',
  may: leaveFor('shadowban'),
  data: Type.Object({ ...PersonData.properties, reason: SanctionData.properties.reason }),
  handle(state, { from, waiter, data: { user, reason } }, ctx) {
    return actOn(state, user, { act: { kind: 'unshadow', reason }, from: from.user, waiter }, ctx);
  },
});
