import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { personArgs } from '../sanction-args.ts';

/** `channel:unmute`. */
export const unmute = defineSlashCommand({
  name: 'unmute',
  usage: '/unmute name',
  description: 'Ends a mute',
  needs: 'mute',
  parse: personArgs,
  does: {
    kind: 'act',
    run: (state, { args: user, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'unmute' }, from: from.user, waiter }, ctx),
  },
});
