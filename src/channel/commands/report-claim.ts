import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { askReports, handlingProblem } from '../reports.ts';

/** Takes a report on, so that no other moderator does. */
export const reportClaim = defineChannelCommand({
  type: 'report:claim',
  rate: 'query',
  requires: 'none',
  may: leaveFor('report:handle'),
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from: { user }, waiter, data }, ctx) {
    const by = { id: user.id, name: user.name };
    const work = { id: data.id, channelId: state.id, by, at: ctx.now };
    const request = { from: user, waiter, task: { do: 'claim', work } } as const;
    return askReports(state, request, handlingProblem(state, request, ctx), ctx);
  },
});
