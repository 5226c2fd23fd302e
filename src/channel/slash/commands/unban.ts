import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { personArgs } from '../sanction-args.ts';

/** `user:unban`. */
export const unban = defineSlashCommand({
  name: 'unban',
  usage: '/unban name',
  description: 'Lets somebody in again who was banned or kicked',
  needs: 'ban',
  parse: personArgs,
  does: {
    kind: 'act',
    run: (state, { args: user, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'unban' }, from: from.user, waiter }, ctx),
  },
});
