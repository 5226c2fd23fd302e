/** What the reader writes before it is a message: drafts, typing, and what was on its way when the page was left. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChannelMessages } from './channel-messages.ts';
import type { Drafts } from './drafts.ts';
import { withChannel, type PageState } from './page-state.ts';
import { withOutgoing } from './timeline.ts';
import type { UnsentMessages } from './unsent-messages.ts';

/** What writing needs. */
export interface WritingOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly messages: ChannelMessages;
  readonly drafts: Drafts;
  readonly unsent: UnsentMessages;
}

/** See the head of the file. */
export class Writing {
  readonly #options: WritingOptions;

  constructor(options: WritingOptions) {
    this.#options = options;
  }

  /** What was written and not sent. */
  draft(channelId: string): string {
    return this.#options.drafts.get(channelId);
  }

  /** Keeps what is being written, and lets the others see that one types. */
  setDraft(channelId: string, text: string): void {
    this.#options.drafts.set(channelId, text);
    // A slash command is nothing that the others wait for.
    this.#options.client()?.typing(channelId, text.trim() !== '' && !text.startsWith('/'));
  }

  /** One left the input, or the channel. */
  stopTyping(channelId: string): void {
    this.#options.client()?.typing(channelId, false);
  }

  /** The page goes away, perhaps for good: what is on its way is kept for its return. */
  keepUnsent(): void {
    const state = this.#options.state();
    if (state.screen === 'chat') this.#options.unsent.keep(state);
  }

  /** Sends what was on its way when this tab was left; what somebody else had written becomes drafts. */
  sendUnsent(userId: string): void {
    const { unsent, drafts, state, update, messages } = this.#options;
    const kept = unsent.take();
    const now = state();
    if (kept === null || now.screen !== 'chat') return;
    for (const { channelId, clientMessageId, content, at } of kept.messages) {
      if (kept.userId !== userId || now.channels[channelId] === undefined) {
        drafts.append(channelId, content);
        continue;
      }
      update((known) =>
        withChannel(known, channelId, (channel) => ({
          ...channel,
          timeline: withOutgoing(channel.timeline, clientMessageId, content, at),
        })),
      );
      void messages.retry(channelId, clientMessageId, content);
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
}
