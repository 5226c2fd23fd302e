import Type from 'typebox';
import { Person } from '../../protocol/person.ts';
import { actOn } from '../acts.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';

/** Makes somebody a moderator of the channel, an owner, or a member without further rights. */
export const channelRole = defineChannelCommand({
  type: 'channel:role',
  rate: 'query',
  requires: 'none',
  may: leaveFor('channel:role'),
  data: Type.Object({
    user: Person,
    role: Type.Union([Type.Literal('owner'), Type.Literal('moderator'), Type.Literal('member')]),
  }),
  handle(state, { from, waiter, data }, ctx) {
    const act = { kind: 'role', role: data.role } as const;
    return actOn(state, data.user, { act, from: from.user, waiter }, ctx);
  },
});
