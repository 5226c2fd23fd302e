/** Up to where the reader has read each channel: told to the server, and taken from it, so that all devices agree. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { UnreadMessages } from '../../../src/client/channel-unread.ts';
import { withChannel, type PageState } from './page-state.ts';

/** What the marks need. */
export interface ReadMarksOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  /** Whether messages of this channel are read as they come. */
  readonly isLookedAt: (channelId: string) => boolean;
  /** Calls `then` later, ms. */
  readonly wait: (ms: number, then: () => void) => void;
}

/** In a busy channel a mark is moved no more often, ms. */
const PAUSE_MS = 2_000;

/** See the head of the file. */
export class ReadMarks {
  readonly #options: ReadMarksOptions;
  /** By channel: up to where it was read, and up to where the server was told. */
  readonly #read = new Map<string, number>();
  readonly #told = new Map<string, number>();
  readonly #pausing = new Set<string>();

  constructor(options: ReadMarksOptions) {
    this.#options = options;
  }

  /** The reader may have come to see what a room says. */
  seen(roomId: string): void {
    const { state, isLookedAt } = this.#options;
    const now = state();
    const channel = now.screen === 'chat' ? now.channels[roomId] : undefined;
    if (channel?.joined !== true || !isLookedAt(roomId)) return;
    this.#read.set(roomId, channel.timeline.headSeq);
    this.#tell(roomId);
  }

  /** Signed out: another reader has read other things. */
  clear(): void {
    this.#read.clear();
    this.#told.clear();
  }

  #tell(channelId: string): void {
    const { client, wait } = this.#options;
    const seq = this.#read.get(channelId) ?? 0;
    const chat = client();
    if (chat === null || seq <= (this.#told.get(channelId) ?? 0) || this.#pausing.has(channelId)) return;
    this.#told.set(channelId, seq);
    this.#pausing.add(channelId);
    // What fails is told again with what comes next.
    chat.markRead(channelId, seq).catch(() => undefined);
    wait(PAUSE_MS, () => {
      this.#pausing.delete(channelId);
      this.#tell(channelId);
    });
  }
}

/**
 * Where a mark has moved, its counts are those of the server; what comes behind it is counted here as it comes, without
 * those whom the reader has blocked. What is looked at counts as read.
 */
export function withCounts(
  state: PageState,
  counts: ReadonlyMap<string, UnreadMessages>,
  isLookedAt: (channelId: string) => boolean,
): PageState {
  if (state.screen !== 'chat') return state;
  // Those who aren't in a channel have nothing but these.
  const all = [...counts].map(([id, { unread, mentions }]) => [id, { unread, mentions }] as const);
  let changed: PageState = { ...state, counts: Object.fromEntries(all) };
  for (const [id, { seq, unread, mentions }] of counts) {
    changed = withChannel(changed, id, (channel) => {
      if (channel.markSeq === seq) return channel;
      const moved = { ...channel, markSeq: seq };
      if (isLookedAt(id)) return moved;
      const { timeline } = channel;
      const mark = unread > 0 && timeline.unread === null ? { afterSeq: seq, shown: false } : timeline.unread;
      return { ...moved, unread, mentions, timeline: { ...timeline, unread: mark } };
    });
  }
  return changed;
}
