import { MAX_CONTENT_LENGTH } from '../../../protocol/limits.ts';
import { codePoints } from '../../../protocol/text.ts';
import type { ArgumentReader } from '../arguments.ts';
import { defineSlashCommand } from '../slash-command.ts';

/** `whisper:send`, which goes its own way and brings the answer. */
export const whisper = defineSlashCommand({
  name: 'whisper',
  aliases: ['w'],
  usage: '/whisper name text',
  description: 'Writes to somebody in private',
  needs: null,
  parse: whisperArgs,
  does: {
    kind: 'act',
    run: (_state, { args, clientMessageId, waiter }) => [
      {
        kind: 'request',
        waiter,
        type: 'whisper:send',
        data: { ...args, ...(clientMessageId === undefined ? {} : { clientMessageId }) },
      },
    ],
  },
});

function whisperArgs(args: ArgumentReader): { readonly to: object; readonly content: string } | null {
  const to = args.person();
  const content = args.rest();
  if (to === null || content === undefined || codePoints(content) > MAX_CONTENT_LENGTH) return null;
  return { to, content };
}
