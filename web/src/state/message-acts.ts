/** What people do about messages beside changing them: reacting, pinning, reporting. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { loggedMessage, type LoggedMessage, type RoomEvent } from './logged-message.ts';
import type { PageState } from './page-state.ts';
import { roomOf } from './page-state.ts';
import { problemOf, reasonOf } from './reason.ts';
import { fieldsOf } from './server-requests.ts';
import { loadThread, type ThreadPage } from './thread-page.ts';
import { lastOf } from './timeline-chunks.ts';

/** What the acts need. */
export interface MessageActsOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
}

const THREAD_PAGE = 50;
const SIGNED_OUT = 'You are signed out.';

/** See the head of the file. Nothing here rejects; what can fail resolves with why, in words, or null. */
export class MessageActs {
  readonly #options: MessageActsOptions;

  constructor(options: MessageActsOptions) {
    this.#options = options;
  }

  /** A message of a channel that is loaded. */
  find(channelId: string, id: string): LoggedMessage | undefined {
    const messages = roomOf(this.#options.state(), channelId)?.timeline.messages;
    return messages && lastOf(messages, (message) => message.id === id);
  }

  /** Gives an emoji to a message, or takes one's own back. */
  async toggleReaction(channelId: string, messageId: string, emoji: string): Promise<string | null> {
    const state = this.#options.state();
    const ownId = state.screen === 'chat' ? (state.user?.id ?? '') : '';
    const given = this.find(channelId, messageId)?.reactions?.find((one) => one.emoji === emoji);
    const type = given?.users.includes(ownId) === true ? 'reaction:remove' : 'reaction:add';
    return this.#ask(type, channelId, { messageId, emoji });
  }

  /** Pins a message for all, or takes it off. */
  async pin(channelId: string, id: string, pinned: boolean): Promise<string | null> {
    return this.#ask(pinned ? 'message:pin' : 'message:unpin', channelId, { id });
  }

  /** Tells the moderators of a message. */
  async report(channelId: string, id: string, reason: string): Promise<string | null> {
    return this.#ask('message:report', channelId, { id, reason });
  }

  /** The pinned messages; a string says in words why not. */
  async pins(channelId: string): Promise<readonly LoggedMessage[] | string> {
    try {
      const { events } = fieldsOf(await this.#options.client()?.request('pins:get', { channelId }));
      return Array.isArray(events) ? (events as readonly RoomEvent[]).flatMap(loggedMessage) : [];
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** The newest replies below a message, or those before `beforeSeq`; a string says in words why not. */
  async thread(channelId: string, id: string, beforeSeq?: number): Promise<ThreadPage | string> {
    const chat = this.#options.client();
    return chat === null ? SIGNED_OUT : loadThread(chat, channelId, id, THREAD_PAGE, beforeSeq);
  }

  async #ask(type: string, channelId: string, data: object): Promise<string | null> {
    const chat = this.#options.client();
    return chat === null ? SIGNED_OUT : problemOf(() => chat.request(type, { channelId, data }));
  }
}
