import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { failure } from '../../protocol/errors.ts';
import { MAX_REASON_LENGTH } from '../../protocol/limits.ts';
import { isStorable } from '../../protocol/text.ts';
import { defineChannelCommand } from '../command.ts';
import { beginReview, reviewProblem } from '../held.ts';

/** Takes a message that waits away: nobody ever sees it. */
export const heldReject = defineChannelCommand({
  type: 'held:reject',
  rate: 'query',
  requires: 'none',
  may: reviewProblem,
  data: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64 }),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_REASON_LENGTH })),
  }),
  handle(state, { from, waiter, data }, ctx) {
    const { id, reason } = data;
    if (reason !== undefined && !isStorable(reason)) {
      const unsound = failure('bad_request', 'reason must be well-formed Unicode without U+0000');
      return refuse(waiter, state.id, ctx.now, reviewProblem(state, from.user, ctx) ?? unsound);
    }
    return beginReview(state, { id, by: from.user, reason, waiter }, 'reject', ctx);
  },
});
