/**
 * Slash commands: messages that begin with `/`. They are carried out by what the request of the same meaning does, and
 * answered with their name; one that is unknown or badly used posts nothing. `//` sends a slash as text.
 */
import { refuse } from '../../log/answers.ts';
import { failure } from '../../protocol/errors.ts';
import type { Request } from '../command.ts';
import type { ChannelState, Context, Effects } from '../state.ts';
import { ArgumentReader } from './arguments.ts';
import { help, isCalled } from './help.ts';
import type { PostedText } from './slash-command.ts';
import { SLASH_COMMANDS } from './slash-commands.ts';

const COMMAND = /^\/([^\s/]*)(?:\s+([\s\S]*))?$/;

/** What a message that begins with a slash comes to: a text that is posted, or something that was done. */
export type Slashed =
  | { readonly kind: 'post'; readonly text: PostedText; readonly command?: string }
  | { readonly kind: 'done'; readonly effects: Effects };

/** Carries out the command that `data.content` is, or tells what is to be posted. */
export function runSlash(
  state: ChannelState,
  { from, waiter, data }: Request<SlashMessage>,
  ctx: Context,
): Slashed {
  const { content, clientMessageId } = data;
  if (content.startsWith('//')) return { kind: 'post', text: { content: content.slice(1) } };
  const refused = (told: string): Slashed => ({
    kind: 'done',
    effects: refuse(waiter, state.id, ctx.now, failure('bad_request', told)),
  });
  const [, called = '', text = ''] = COMMAND.exec(content.trimEnd()) ?? [];
  const command = [help, ...SLASH_COMMANDS].find((one) => isCalled(one, called.toLowerCase()));
  if (command === undefined) {
    return refused('unknown command; usage: /help tells which there are, and // sends a slash');
  }
  const { name, does, usage } = command;
  const args = command.parse(new ArgumentReader(text));
  if (args === null) return refused(`usage: ${usage}`);
  if (does.kind === 'post') return { kind: 'post', text: does.text(args), command: name };
  const request = { args, from, waiter: { ...waiter, command: name }, clientMessageId };
  return { kind: 'done', effects: does.run(state, request, ctx) };
}

/** What is looked at of `message:send`. */
interface SlashMessage {
  readonly content: string;
  readonly clientMessageId?: string;
}
