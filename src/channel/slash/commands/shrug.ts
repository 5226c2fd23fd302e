import { defineSlashCommand } from '../slash-command.ts';

const SHRUG = '¯\\_(ツ)_/¯';

/** Posts a text with a shrug behind it. */
export const shrug = defineSlashCommand({
  name: 'shrug',
  usage: '/shrug [text]',
  description: `Posts ${SHRUG}, behind a text if there is one`,
  needs: 'message:send',
  parse: (args) => ({ text: args.rest() }),
  does: {
    kind: 'post',
    text: ({ text }) => ({ content: text === undefined ? SHRUG : `${text} ${SHRUG}` }),
  },
});
