import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { sanctionArgs } from '../sanction-args.ts';

/** `channel:mute`. */
export const mute = defineSlashCommand({
  name: 'mute',
  usage: '/mute name [10m] [reason]',
  description: 'Lets somebody read here, and not write',
  needs: 'mute',
  parse: sanctionArgs,
  does: {
    kind: 'act',
    run: (state, { args: { user, ...terms }, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'mute', ...terms }, from: from.user, waiter }, ctx),
  },
});
