import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { askReports, handlingProblem } from '../reports.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 50;

/** A channel's reports, the newest first. */
export const reportList = defineChannelCommand({
  type: 'report:list',
  rate: 'query',
  requires: 'none',
  may: leaveFor('report:handle'),
  data: Type.Object({
    state: Type.Optional(
      Type.Union([Type.Literal('open'), Type.Literal('claimed'), Type.Literal('resolved')]),
    ),
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT })),
  }),
  handle(state, { from: { user }, waiter, data }, ctx) {
    const query = { limit: DEFAULT_LIMIT, ...data, channelId: state.id, by: user.id };
    const request = { from: user, waiter, task: { do: 'list', query } } as const;
    return askReports(state, request, handlingProblem(state, request, ctx), ctx);
  },
});
