/** What people do with a channel's messages: send, try again, give up, and go back in the history. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { MAX_PAGE_LIMIT } from '../../../src/protocol/limits.ts';
import type { ChannelState } from './page-state.ts';
import {
  atLatest,
  hasNewer,
  withAcknowledged,
  withFailed,
  withMarkShown,
  withMissing,
  withOlder,
  withOutgoing,
  withoutOutgoing,
  withoutShownMark,
  withRetried,
  type Timeline,
} from './timeline.ts';

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
    this.#timeline(channelId, (timeline) => withRetried(timeline, clientMessageId));
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
      const page = await chat.history(channelId, { beforeSeq, limit: MAX_PAGE_LIMIT });
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

  /** Fetches the page of history behind the newest message shown, where that isn't the newest there is. */
  async loadNewer(channelId: string): Promise<void> {
    await this.#loadTowardsLatest(channelId, async (chat, afterSeq) => {
      const page = await chat.history(channelId, { afterSeq, limit: MAX_PAGE_LIMIT });
      return (timeline) =>
        timeline.newestSeq === afterSeq ? withMissing(timeline, page.events, page.hasMore) : timeline;
    });
  }

  /**
   * Fetches the newest page in place of all that is shown, where the newest there is isn't among that. Resolves with
   * whether it is now.
   */
  async loadLatest(channelId: string): Promise<boolean> {
    await this.#loadTowardsLatest(channelId, async (chat) => {
      const page = await chat.history(channelId, { limit: MAX_PAGE_LIMIT });
      return (timeline) => (hasNewer(timeline) ? atLatest(timeline, page.events, page.hasMore) : timeline);
    });
    const timeline = this.#options.channel(channelId)?.timeline;
    return timeline !== undefined && !hasNewer(timeline);
  }

  /** The reader sees the end of the channel, and with it where they stopped reading. */
  markShown(channelId: string): void {
    this.#timeline(channelId, withMarkShown);
  }

  /** The reader goes away from the channel. */
  leaveMark(channelId: string): void {
    this.#timeline(channelId, withoutShownMark);
  }

  async #loadTowardsLatest(
    channelId: string,
    load: (chat: ChatClient, afterSeq: number) => Promise<(timeline: Timeline) => Timeline>,
  ): Promise<void> {
    const chat = this.#options.client();
    const before = this.#options.channel(channelId)?.timeline;
    if (chat === null || before === undefined || !hasNewer(before) || before.newer === 'loading') return;
    this.#timeline(channelId, (timeline) => ({ ...timeline, newer: 'loading' }));
    try {
      const change = await load(chat, before.newestSeq);
      this.#timeline(channelId, (timeline) => ({ ...change(timeline), newer: 'idle' }));
    } catch {
      this.#timeline(channelId, (timeline) => ({ ...timeline, newer: 'failed' }));
    }
  }

  async #deliver(channelId: string, clientMessageId: string, content: string): Promise<void> {
    try {
      const sent = await this.#options.client()?.send(channelId, content, { clientMessageId });
      // A slash command is answered without a place: it is no message.
      const seq = (sent as { readonly seq?: number } | undefined)?.seq ?? null;
      this.#timeline(channelId, (timeline) => withAcknowledged(timeline, clientMessageId, seq));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#timeline(channelId, (timeline) => withFailed(timeline, clientMessageId, reason));
    }
  }

  #timeline(channelId: string, change: (timeline: Timeline) => Timeline): void {
    this.#options.update(channelId, (channel) => ({ ...channel, timeline: change(channel.timeline) }));
  }
}
