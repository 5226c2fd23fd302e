import { ReportListData } from '../../protocol/report-list-data.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { askReports, handlingProblem } from '../reports.ts';

const DEFAULT_LIMIT = 20;

/** A channel's reports, the newest first. Without a channel the gateway answers with those of all that one looks after. */
export const reportList = defineChannelCommand({
  type: 'report:list',
  rate: 'query',
  requires: 'none',
  may: leaveFor('report:handle'),
  data: ReportListData,
  handle(state, { from: { user }, waiter, data }, ctx) {
    const query = { limit: DEFAULT_LIMIT, ...data, channelId: state.id, by: user.id };
    const request = { from: user, waiter, task: { do: 'list', query } } as const;
    return askReports(state, request, handlingProblem(state, request, ctx), ctx);
  },
});
