import { ReportListData } from '../../protocol/report-list-data.ts';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

const DEFAULT_LIMIT = 20;

/** The reports of all channels that one looks after, the newest first. With a channel they are that channel's. */
export const reportList = defineGatewayCommand({
  type: 'report:list',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  may: async ({ identity }, { reports }) => (identity === null ? null : reports.problem(identity.user)),
  data: ReportListData,
  async handle({ identity }, { limit = DEFAULT_LIMIT, ...query }, { reports }) {
    if (identity === null) return fail(failure('unauthorized', 'say hello first'));
    const page = await reports.list(identity.user, { ...query, limit });
    return page.ok ? ok({ type: 'reports', data: page.value }) : page;
  },
});
