import Type from 'typebox';
import { ack } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { begin } from '../log-events.ts';
import { leavingEntry } from '../members.ts';
import { exit } from '../presence.ts';

/**
 * Leaves with this connection; others see it when it was the user's last one here. A member of a private channel gives that
 * up, for all connections.
 */
export const channelLeave = defineChannelCommand({
  type: 'channel:leave',
  rate: 'query',
  requires: 'joined',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    if (state.private && state.members.has(from.user.id)) {
      return begin(state, leavingEntry(state, from.user, ctx), waiter);
    }
    return [
      { kind: 'unsubscribe', connection: from.connection },
      ...exit(state, from.connection, 'left', ctx),
      ...ack(waiter, state.id, ctx.now),
    ];
  },
});
