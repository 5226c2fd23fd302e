import { actOn } from '../../acts.ts';
import { defineSlashCommand } from '../slash-command.ts';
import { sanctionArgs } from '../sanction-args.ts';

/** `user:ban` from this channel. */
export const ban = defineSlashCommand({
  name: 'ban',
  usage: '/ban name [10m] [reason]',
  description: 'Puts somebody out of the channel and lets them in no more, or not for a time',
  needs: 'ban',
  parse: sanctionArgs,
  does: {
    kind: 'act',
    run: (state, { args: { user, ...terms }, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'ban', ...terms }, from: from.user, waiter }, ctx),
  },
});
