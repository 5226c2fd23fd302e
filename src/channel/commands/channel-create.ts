import Type from 'typebox';
import { defineChannelCommand } from '../command.ts';
import { createChannel, createProblem } from '../deletion.ts';

/** Makes the channel that the request names. One that names none goes to the gateway first, which gives it an id. */
export const channelCreate = defineChannelCommand({
  type: 'channel:create',
  rate: 'query',
  requires: 'none',
  may: createProblem,
  data: Type.Object({
    name: Type.Optional(Type.String()),
    topic: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    private: Type.Optional(Type.Boolean()),
  }),
  handle(state, { from, waiter, data }, ctx) {
    return createChannel(state, data, from.user, waiter, ctx);
  },
});
