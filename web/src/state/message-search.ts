/** Looking for messages over all channels that one may read. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { loggedMessage, type LoggedMessage, type RoomEvent } from './logged-message.ts';
import { reasonOf } from './reason.ts';
import { fieldsOf } from './server-requests.ts';

/** What is looked for. */
export interface SearchWish {
  readonly text: string;
  /** Empty: all channels. */
  readonly channelId: string;
  /** A name; empty: anybody. */
  readonly author: string;
}

/** A message with the channel that it is in. */
export interface FoundMessage {
  readonly channelId: string;
  readonly message: LoggedMessage;
}

/** Some of what was found, newest first. `next` null: there is no more. */
export interface FoundPage {
  readonly found: readonly FoundMessage[];
  readonly next: string | null;
}

const PAGE = 20;

/** See the head of the file. */
export class MessageSearch {
  /** Null while signed out. */
  readonly #client: () => ChatClient | null;

  constructor(client: () => ChatClient | null) {
    this.#client = client;
  }

  /** The newest, or those behind `next` of the page before. Doesn't reject: a string says in words why not. */
  async find({ text, channelId, author }: SearchWish, next: string | null): Promise<FoundPage | string> {
    const chat = this.#client();
    if (chat === null) return 'You are signed out.';
    const name = author.trim().replace(/^@/u, '');
    try {
      return readFound(
        await chat.request('message:search', {
          data: {
            text: text.trim(),
            limit: PAGE,
            ...(channelId === '' ? {} : { channelId }),
            ...(name === '' ? {} : { author: { name } }),
            ...(next === null ? {} : { before: next }),
          },
        }),
      );
    } catch (error) {
      return reasonOf(error);
    }
  }
}

/** Reads the answer to `message:search`. */
export function readFound(answer: unknown): FoundPage {
  const { events, hasMore, next } = fieldsOf(answer);
  const found = (Array.isArray(events) ? (events as readonly RoomEvent[]) : []).flatMap((event) => {
    const channelId = 'channelId' in event ? event.channelId : '';
    return loggedMessage(event).map((message) => ({ channelId, message }));
  });
  return { found, next: hasMore === true && typeof next === 'string' ? next : null };
}
