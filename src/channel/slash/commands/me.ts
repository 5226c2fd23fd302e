import { defineSlashCommand } from '../slash-command.ts';

/** Posts what one does instead of what one says. */
export const me = defineSlashCommand({
  name: 'me',
  usage: '/me does something',
  description: 'Tells what you do',
  needs: 'message:send',
  parse: (args) => args.rest() ?? null,
  does: { kind: 'post', text: (content) => ({ content, style: 'action' }) },
});
