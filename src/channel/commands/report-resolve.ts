import Type from 'typebox';
import { MAX_REASON_LENGTH } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { askReports, handlingProblem, textProblem } from '../reports.ts';

/** Ends a report; its reporter is told how. */
export const reportResolve = defineChannelCommand({
  type: 'report:resolve',
  rate: 'query',
  requires: 'none',
  may: leaveFor('report:handle'),
  data: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    outcome: Type.Union([Type.Literal('actioned'), Type.Literal('dismissed')]),
    note: Type.Optional(Type.String({ maxLength: MAX_REASON_LENGTH })),
  }),
  handle(state, { from: { user }, waiter, data }, ctx) {
    const { id, outcome, note } = data;
    const by = { id: user.id, name: user.name };
    const resolution = {
      id,
      channelId: state.id,
      by,
      at: ctx.now,
      outcome,
      ...(note === undefined ? {} : { note }),
    };
    const request = { from: user, waiter, task: { do: 'resolve', resolution } } as const;
    const problem = handlingProblem(state, request, ctx) ?? textProblem('note', note);
    return askReports(state, request, problem, ctx);
  },
});
