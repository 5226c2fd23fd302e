import { MAX_SLOW_MODE_SECONDS } from '../../../protocol/channel-settings.ts';
import { updateChannel } from '../../updates.ts';
import type { ArgumentReader } from '../arguments.ts';
import { defineSlashCommand } from '../slash-command.ts';

/** `channel:update` of the slow mode. */
export const slow = defineSlashCommand({
  name: 'slow',
  usage: '/slow 30s, /slow off',
  description: 'Lets each member write once in so long',
  needs: 'channel:update',
  parse: secondsOf,
  does: {
    kind: 'act',
    run: (state, { args: slowModeSeconds, from, waiter }, ctx) =>
      updateChannel(state, { slowModeSeconds }, from.user, waiter, ctx),
  },
});

function secondsOf(args: ArgumentReader): number | null {
  const duration = args.duration();
  const word = duration === undefined ? args.word() : undefined;
  const seconds = duration ?? (word === 'off' ? 0 : /^\d{1,6}$/.test(word ?? '') ? Number(word) : null);
  return args.isAtEnd && seconds !== null && seconds <= MAX_SLOW_MODE_SECONDS ? seconds : null;
}
