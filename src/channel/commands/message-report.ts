import Type from 'typebox';
import { MAX_REASON_LENGTH } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import { askReports, textProblem } from '../reports.ts';
import { readerOf } from '../shadows.ts';

/** Tells moderators of a message, which is kept as it is with what was said before it. */
export const messageReport = defineChannelCommand({
  type: 'message:report',
  rate: 'message',
  requires: 'message:report',
  data: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    reason: Type.String({ minLength: 1, maxLength: MAX_REASON_LENGTH }),
  }),
  handle(state, { from: { user }, waiter, data }, ctx) {
    const { id: messageId, reason } = data;
    const report = {
      ...{ id: ctx.newId(), channelId: state.id, messageId, reason, at: ctx.now },
      reporter: { id: user.id, name: user.name },
      seesAll: readerOf(state, user, ctx.now).seesAll,
    };
    const request = { from: user, waiter, task: { do: 'file', report } } as const;
    return askReports(state, request, textProblem('reason', reason), ctx);
  },
});
