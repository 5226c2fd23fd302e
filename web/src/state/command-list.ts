/** The commands that the server knows: what one can write behind a slash. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { fieldsOf } from './server-requests.ts';

/** A command, as its `usage` says: `/mute name [time] [reason]`. */
export interface CommandHelp {
  readonly name: string;
  readonly usage: string;
  readonly description: string;
}

/** See the head of the file. */
export class CommandList {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;
  /** By channel; of each client anew. */
  #known = new Map<string, readonly CommandHelp[]>();
  #askedBy: ChatClient | null = null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** What one may write in a channel, as far as is known; asks the server the first time. */
  of(channelId: string): readonly CommandHelp[] {
    const chat = this.#client();
    if (chat === null) return [];
    if (chat !== this.#askedBy) {
      this.#askedBy = chat;
      this.#known = new Map();
    }
    const known = this.#known.get(channelId);
    if (known === undefined) void this.#load(chat, channelId, this.#known);
    return known ?? [];
  }

  async #load(
    chat: ChatClient,
    channelId: string,
    known: Map<string, readonly CommandHelp[]>,
  ): Promise<void> {
    known.set(channelId, []);
    try {
      known.set(channelId, readCommands(await chat.request('command:list', { channelId })));
    } catch {
      // Without the list commands work all the same; the next slash asks again.
      known.delete(channelId);
    }
  }
}

/** Reads the answer to `command:list`. */
export function readCommands(answer: unknown): readonly CommandHelp[] {
  const { items } = fieldsOf(answer);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const { name, usage, description } = fieldsOf(item);
    if (typeof name !== 'string') return [];
    const plain = name.replace(/^\//u, '');
    return [
      {
        name: plain,
        usage: typeof usage === 'string' ? usage : `/${plain}`,
        description: typeof description === 'string' ? description : '',
      },
    ];
  });
}

/** Whether a text is a command and no message; two slashes stand for one that is meant as such. */
export function isCommand(text: string): boolean {
  return /^\/(?!\/)/u.test(text);
}
