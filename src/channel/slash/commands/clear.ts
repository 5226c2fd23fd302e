import { MAX_DELETE_SECONDS } from '../../../protocol/sanctions.ts';
import { actOn } from '../../acts.ts';
import type { ArgumentReader } from '../arguments.ts';
import { defineSlashCommand } from '../slash-command.ts';

/** What is deleted where no time is given, seconds. */
const DEFAULT_SECONDS = 3_600;

/** `message:purge`. */
export const clear = defineSlashCommand({
  name: 'clear',
  usage: '/clear name [10m]',
  description: 'Deletes what somebody wrote here in the last hour, or in another time',
  needs: 'message:remove',
  parse: clearArgs,
  does: {
    kind: 'act',
    run: (state, { args: { user, seconds }, from, waiter }, ctx) =>
      actOn(state, user, { act: { kind: 'purge', seconds }, from: from.user, waiter }, ctx),
  },
});

function clearArgs(args: ArgumentReader) {
  const user = args.person();
  const seconds = args.duration() ?? DEFAULT_SECONDS;
  if (user === null || !args.isAtEnd || seconds < 1 || seconds > MAX_DELETE_SECONDS) return null;
  return { user, seconds };
}
