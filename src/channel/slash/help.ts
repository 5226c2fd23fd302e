/** What slash commands there are, for one who is in a channel. */
import { ack } from '../../log/answers.ts';
import { decide } from '../../protocol/decide.ts';
import type { Principal } from '../../protocol/entities.ts';
import type { ChannelState, Context } from '../state.ts';
import { defineSlashCommand, type SlashCommand } from './slash-command.ts';
import { SLASH_COMMANDS } from './slash-commands.ts';

/** Tells of all commands, or of one. */
export const help = defineSlashCommand({
  name: 'help',
  usage: '/help [command]',
  description: 'Tells which commands there are',
  needs: null,
  parse: (args) => {
    const name = args.word()?.replace(/^\//, '');
    return args.isAtEnd ? { name } : null;
  },
  does: {
    kind: 'act',
    run: (state, { args: { name }, from, waiter }, ctx) => {
      const all = usableCommands(state, from.user, ctx);
      const told = name === undefined ? all : all.filter((command) => isCalled(command, name));
      const lines = told.map(({ usage, description }) => `${usage} – ${description}`);
      return ack(waiter, state.id, ctx.now, { text: lines.join('\n') || `there is no /${name ?? ''}` });
    },
  },
});

/** The commands that `user` may use in the channel, in the order of the list. */
export function usableCommands(state: ChannelState, user: Principal, ctx: Context): readonly SlashCommand[] {
  return [help, ...SLASH_COMMANDS].filter(
    ({ needs }) => needs === null || decide(user, needs, state, ctx) === null,
  );
}

/** Whether the command, or a short form of it, has this name. */
export function isCalled({ name, aliases = [] }: SlashCommand, called: string): boolean {
  return name === called || aliases.includes(called);
}
