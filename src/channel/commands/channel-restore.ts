import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { restoreChannel } from '../deletion.ts';
import { leaveFor } from '../leave.ts';

/** Brings back a channel that was deleted and not purged. */
export const channelRestore = defineChannelCommand({
  type: 'channel:restore',
  rate: 'query',
  requires: 'none',
  may: leaveFor('channel:restore'),
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    return restoreChannel(state, from.user, waiter, ctx);
  },
});
