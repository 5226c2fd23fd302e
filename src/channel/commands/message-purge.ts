import Type from 'typebox';
import { Person } from '../../protocol/person.ts';
import { MAX_DELETE_SECONDS } from '../../protocol/sanctions.ts';
import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';

/** Deletes all messages that somebody sent here within the last so many seconds. */
export const messagePurge = defineChannelCommand({
  type: 'message:purge',
  rate: 'query',
  requires: 'none',
  may: leaveFor('message:remove'),
  data: Type.Object({ user: Person, seconds: Type.Integer({ minimum: 1, maximum: MAX_DELETE_SECONDS }) }),
  handle(state, { from, waiter, data }, ctx) {
    const { user, seconds } = data;
    return actOn(state, user, { act: { kind: 'purge', seconds }, from: from.user, waiter }, ctx);
  },
});
