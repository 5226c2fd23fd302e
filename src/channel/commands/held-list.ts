import Type from 'typebox';
import { refuse } from '../../log/answers.ts';
import { failure } from '../../protocol/errors.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { isStorable } from '../../protocol/text.ts';
import { defineChannelCommand } from '../command.ts';
import { reviewProblem } from '../held.ts';

/** What waits for a moderator in the channel, the oldest first; `after`: the id of the last one of the page before. */
export const heldList = defineChannelCommand({
  type: 'held:list',
  rate: 'query',
  requires: 'none',
  may: reviewProblem,
  data: Type.Object({
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  handle(state, { from, waiter, data }, ctx) {
    const { after = null, limit = DEFAULT_PAGE_LIMIT } = data;
    const isSound = after === null || isStorable(after);
    const problem =
      reviewProblem(state, from.user, ctx) ??
      (isSound ? null : failure('bad_request', 'after must be the id of a message'));
    if (problem !== null) return refuse(waiter, state.id, ctx.now, problem);
    return [{ kind: 'held', ask: { kind: 'list', after, limit, waiter } }];
  },
});
