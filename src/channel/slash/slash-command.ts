/** The form of a slash command: what it is called, who may, what stands behind it, and what it does. */
import type { ActionName } from '../../protocol/decide.ts';
import type { Request } from '../command.ts';
import type { ChannelState, Context, Effects } from '../state.ts';
import type { ArgumentReader } from './arguments.ts';

/** Who asks, with what stands behind the command. */
export interface SlashRequest<Args> extends Omit<Request<unknown>, 'data'> {
  readonly args: Args;
  /** Of the message that the command is. */
  readonly clientMessageId: string | undefined;
}

/** What a command posts in place of itself. */
export interface PostedText {
  readonly content: string;
  /** Absent: it is what somebody says. */
  readonly style?: 'action';
}

/** A command; see {@link defineSlashCommand}. */
export interface SlashCommand<Args = unknown> {
  /** Without the slash, in lower case. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Such as `/kick name [10m] [reason]`. */
  readonly usage: string;
  readonly description: string;
  /** What one must be allowed to do in the channel to be shown the command; null: anybody. Running it decides for itself. */
  readonly needs: ActionName | null;
  /** The arguments; null: that is no use of this command. */
  readonly parse: (args: ArgumentReader) => Args | null;
  readonly does:
    | { readonly kind: 'act'; readonly run: RunSlash<Args> }
    | { readonly kind: 'post'; readonly text: (args: Args) => PostedText };
}

/** Carries a command out. */
export type RunSlash<Args> = (state: ChannelState, request: SlashRequest<Args>, ctx: Context) => Effects;

/** Gives a command its exact types, and lets it stand in one list with others. */
export function defineSlashCommand<Args>(command: SlashCommand<Args>): SlashCommand {
  return command as SlashCommand;
}
