import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { personArgs } from '../sanction-args.ts';

/** `channel:invite`. */
export const invite = defineSlashCommand({
  name: 'invite',
  usage: '/invite name',
  description: 'Makes somebody a member of the channel, and tells them',
  needs: 'invite',
  parse: personArgs,
  does: {
    kind: 'act',
    run: (state, { args: user, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'invite' }, from: from.user, waiter }, ctx),
  },
});
