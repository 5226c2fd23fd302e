/** What the reader writes before it is a message: drafts, typing, and what was on its way when the page was left. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { correspondentId } from './conversation.ts';
import type { Drafts } from './drafts.ts';
import { roomOf, withRoom, type PageState } from './page-state.ts';
import type { RoomMessages } from './room-messages.ts';
import { withOutgoing } from './timeline.ts';
import type { UnsentMessages } from './unsent-messages.ts';

/** What writing needs. */
export interface WritingOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly messages: RoomMessages;
  readonly drafts: Drafts;
  readonly unsent: UnsentMessages;
  /** Makes the conversation with a user one of the page's rooms. */
  readonly ensureConversation: (userId: string) => void;
}

/** See the head of the file. */
export class Writing {
  readonly #options: WritingOptions;

  constructor(options: WritingOptions) {
    this.#options = options;
  }

  /** What was written and not sent. */
  draft(roomId: string): string {
    return this.#options.drafts.get(roomId);
  }

  /** Keeps what is being written, and lets the others of a channel see that one types. */
  setDraft(roomId: string, text: string): void {
    this.#options.drafts.set(roomId, text);
    // A slash command is nothing that the others wait for.
    this.#typing(roomId, text.trim() !== '' && !text.startsWith('/'));
  }

  /** One left the input, or the room. */
  stopTyping(roomId: string): void {
    this.#typing(roomId, false);
  }

  /** The page goes away, perhaps for good: what is on its way is kept for its return. */
  keepUnsent(): void {
    const state = this.#options.state();
    if (state.screen === 'chat') this.#options.unsent.keep(state);
  }

  /** Sends what was on its way when this tab was left; what somebody else had written becomes drafts. */
  sendUnsent(userId: string): void {
    const { unsent, drafts, state, update, messages, ensureConversation } = this.#options;
    const kept = unsent.take();
    if (kept === null) return;
    for (const { roomId, clientMessageId, content, at, quote } of kept.messages) {
      const recipient = correspondentId(roomId);
      if (recipient !== null && kept.userId === userId) ensureConversation(recipient);
      if (kept.userId !== userId || roomOf(state(), roomId) === undefined) {
        drafts.append(roomId, content);
        continue;
      }
      update((known) =>
        withRoom(known, roomId, ({ timeline }) => ({
          timeline: withOutgoing(timeline, clientMessageId, content, at, quote),
        })),
      );
      void messages.retry(roomId, clientMessageId, content);
    }
  }

  /** The server lets one go on no more: messages that it didn't acknowledge become drafts. */
  unsentToDrafts(): void {
    this.#options.drafts.keepUnsent(this.#options.state());
  }

  /** One signs out: nothing that was written is kept. */
  forget(): void {
    this.#options.drafts.clear();
    this.#options.unsent.clear();
  }

  #typing(roomId: string, on: boolean): void {
    if (correspondentId(roomId) === null) this.#options.client()?.typing(roomId, on);
  }
}
