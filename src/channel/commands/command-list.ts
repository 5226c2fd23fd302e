import Type from 'typebox';
import { reply } from '../../log/answers.ts';
import { defineChannelCommand } from '../command.ts';
import { usableCommands } from '../slash/help.ts';

/** The slash commands that the sender may use in the channel. */
export const commandList = defineChannelCommand({
  type: 'command:list',
  rate: 'query',
  requires: 'joined',
  data: Type.Object({}),
  handle(state, { from, waiter }, ctx) {
    const items = usableCommands(state, from.user, ctx).map(({ name, aliases = [], usage, description }) => ({
      ...{ name, aliases, usage, description },
    }));
    return reply('commands', waiter, state.id, ctx.now, JSON.stringify({ items }));
  },
});
