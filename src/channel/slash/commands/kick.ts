import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { sanctionArgs } from '../sanction-args.ts';

/** `channel:kick`. */
export const kick = defineSlashCommand({
  name: 'kick',
  usage: '/kick name [10m] [reason]',
  description: 'Puts somebody out of the channel, for a time if one is given',
  needs: 'kick',
  parse: sanctionArgs,
  does: {
    kind: 'act',
    run: (state, { args: { user, ...terms }, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'kick', ...terms }, from: from.user, waiter }, ctx),
  },
});
