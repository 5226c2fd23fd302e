import Type from 'typebox';
import { ChannelSettings } from '../../protocol/channel-settings.ts';
import { CHANNEL_ID_PATTERN } from '../../protocol/limits.ts';
import { defineChannelCommand } from '../command.ts';
import { leaveFor } from '../leave.ts';
import { updateChannel } from '../updates.ts';

/** Largest place in lists: what PostgreSQL's integer holds. */
const MAX_POSITION = 2_147_483_647;

/** Changes the channel's record and settings: what is named gets another value, what isn't stays. */
export const channelUpdate = defineChannelCommand({
  type: 'channel:update',
  rate: 'query',
  requires: 'none',
  may: leaveFor('channel:update'),
  data: Type.Partial(
    Type.Object({
      name: Type.String(),
      topic: Type.Union([Type.String(), Type.Null()]),
      description: Type.Union([Type.String(), Type.Null()]),
      private: Type.Boolean(),
      before: Type.Union([Type.String({ pattern: CHANNEL_ID_PATTERN }), Type.Null()]),
      position: Type.Integer({ minimum: 0, maximum: MAX_POSITION }),
      ...ChannelSettings.properties,
    }),
  ),
  handle(state, { from, waiter, data }, ctx) {
    return updateChannel(state, data, from.user, waiter, ctx);
  },
});
