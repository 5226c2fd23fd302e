import Type from 'typebox';
import { CHANNEL_ID_PATTERN, MAX_FOLLOWED_CHANNELS } from '../../protocol/limits.ts';
import { defineInboxCommand } from '../command.ts';

/** What the user hasn't read: of the channels that they follow, or of those that they name. */
export const unreadGet = defineInboxCommand({
  type: 'unread:get',
  rate: 'query',
  data: Type.Object({
    channels: Type.Optional(
      Type.Array(Type.String({ pattern: CHANNEL_ID_PATTERN }), { maxItems: MAX_FOLLOWED_CHANNELS }),
    ),
  }),
  handle(_state, { waiter, data }) {
    const named = data.channels === undefined ? {} : { channels: data.channels };
    return [{ kind: 'query', query: { kind: 'unread', ...named }, waiter }];
  },
});
