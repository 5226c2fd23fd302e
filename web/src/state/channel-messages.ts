/** What people do with a channel's messages: send, try again, give up, and go back in the history. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChannelState } from './page-state.ts';
import { withDelivery, withOlder, withOutgoing, withoutOutgoing, type Timeline } from './timeline.ts';

/** What the actions need. */
export interface ChannelMessagesOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly channel: (channelId: string) => ChannelState | undefined;
  readonly update: (channelId: string, change: (channel: ChannelState) => ChannelState) => void;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Makes a clientMessageId. */
  readonly newId: () => string;
}

const OLDER_PAGE = 50;

/** See the head of the file. Nothing here rejects: what fails is shown where it belongs. */
export class ChannelMessages {
  readonly #options: ChannelMessagesOptions;

  constructor(options: ChannelMessagesOptions) {
    this.#options = options;
  }

  /** Sends a message; it is shown at once, as not acknowledged. */
  async send(channelId: string, content: string): Promise<void> {
    const id = this.#options.newId();
    this.#timeline(channelId, (timeline) => withOutgoing(timeline, id, content, this.#options.now()));
    await this.#deliver(channelId, id, content);
  }

  /** Tries a message once more that was given up; it can't arrive twice. */
  async retry(channelId: string, clientMessageId: string, content: string): Promise<void> {
    this.#timeline(channelId, (timeline) => withDelivery(timeline, clientMessageId, 'pending'));
    await this.#deliver(channelId, clientMessageId, content);
  }

  /** Takes a message away that was given up. */
  discard(channelId: string, clientMessageId: string): void {
    this.#timeline(channelId, (timeline) => withoutOutgoing(timeline, clientMessageId));
  }

  /** Fetches the page of history before the oldest message shown. */
  async loadOlder(channelId: string): Promise<void> {
    const { client, channel, update } = this.#options;
    const chat = client();
    const before = channel(channelId);
    if (chat === null || before === undefined || !before.timeline.hasOlder || before.older === 'loading')
      return;
    const beforeSeq = before.timeline.oldestSeq;
    update(channelId, (known) => ({ ...known, older: 'loading' }));
    try {
      const page = await chat.history(channelId, { beforeSeq, limit: OLDER_PAGE });
      update(channelId, (known) => ({
        ...known,
        older: 'idle',
        // A timeline that began anew, or was trimmed, meanwhile doesn't end where this page does.
        timeline:
          known.timeline.oldestSeq === beforeSeq
            ? withOlder(known.timeline, page.events, page.hasMore)
            : known.timeline,
      }));
    } catch {
      update(channelId, (known) => ({ ...known, older: 'failed' }));
    }
  }

  async #deliver(channelId: string, clientMessageId: string, content: string): Promise<void> {
    try {
      await this.#options.client()?.send(channelId, content, { clientMessageId });
      this.#timeline(channelId, (timeline) => withDelivery(timeline, clientMessageId, 'acknowledged'));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#timeline(channelId, (timeline) => withDelivery(timeline, clientMessageId, 'failed', reason));
    }
  }

  #timeline(channelId: string, change: (timeline: Timeline) => Timeline): void {
    this.#options.update(channelId, (channel) => ({ ...channel, timeline: change(channel.timeline) }));
  }
}
