import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { beginReview, reviewProblem } from '../held.ts';

/** Lets a message that waits into the log: now everyone sees it, under its author's name. */
export const heldApprove = defineChannelCommand({
  type: 'held:approve',
  rate: 'query',
  requires: 'none',
  may: reviewProblem,
  data: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }),
  handle(state, { from, waiter, data }, ctx) {
    return beginReview(state, { id: data.id, by: from.user, waiter }, 'approve', ctx);
  },
});
