import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { sanctionArgs } from '../sanction-args.ts';

/** `user:shadowban`. */
export const shadowban = defineSlashCommand({
  name: 'shadowban',
  usage: '/shadowban name [10m] [reason]',
  description: 'Hides from others what somebody sends, without telling them',
  needs: 'shadowban',
  parse: sanctionArgs,
  does: {
    kind: 'act',
    run: (state, { args: { user, ...terms }, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'shadow', ...terms }, from: from.user, waiter }, ctx),
  },
});
