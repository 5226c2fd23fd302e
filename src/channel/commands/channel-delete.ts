import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { deleteChannel } from '../deletion.ts';
import { leaveFor } from '../leave.ts';

/** Deletes the channel; with `purge` everything that is in it, for good. */
export const channelDelete = defineChannelCommand({
  type: 'channel:delete',
  rate: 'query',
  requires: 'none',
  may: leaveFor('channel:delete'),
  data: Type.Object({ purge: Type.Optional(Type.Boolean()) }),
  handle(state, { from, waiter, data }, ctx) {
    return deleteChannel(state, data.purge ?? false, from.user, waiter, ctx);
  },
});
