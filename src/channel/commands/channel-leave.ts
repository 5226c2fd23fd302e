import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { exit } from '../presence.ts';

/** Leaves with this connection; others see it when it was the user's last one here. */
export const channelLeave = defineChannelCommand({
  type: 'channel:leave',
  rate: 'query',
  requires: 'joined',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    return [
      { kind: 'unsubscribe', connection: from.connection },
      ...exit(state, from.connection, 'left', ctx),
      ...ack(waiter, state.id, ctx.now),
    ];
  },
});
