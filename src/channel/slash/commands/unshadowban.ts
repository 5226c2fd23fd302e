import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { personArgs } from '../sanction-args.ts';

/** `user:unshadowban`. */
export const unshadowban = defineSlashCommand({
  name: 'unshadowban',
  usage: '/unshadowban name',
  description: 'Shows to everyone again what somebody sends from now on',
  needs: 'shadowban',
  parse: personArgs,
  does: {
    kind: 'act',
    run: (state, { args: user, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'unshadow' }, from: from.user, waiter }, ctx),
  },
});
