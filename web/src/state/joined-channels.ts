/** The channels that the page is in: entering, leaving, which one is looked at, and being there again next time. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { isChannelId } from '../../../src/protocol/limits.ts';
import type { Notifier } from './notifier.ts';
import type { PageAddress } from './page-address.ts';
import { newChannel, withChannel, withoutChannel, type ChannelState, type PageState } from './page-state.ts';
import type { SavedSession } from './saved-session.ts';
import { trimmed } from './timeline.ts';

/** What the channels need. */
export interface JoinedChannelsOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly saved: SavedSession;
  readonly address: PageAddress;
  readonly notifier: Notifier;
  /** Whether somebody looks at the page. */
  readonly isVisible: () => boolean;
  /** Something didn't work, in words. */
  readonly onProblem: (problem: string | null) => void;
}

/** How a channel comes to be shown: by a step that one can go back from, or not. */
export type Step = 'step' | 'same place';

const FIRST_CHANNEL = 'general';

/** See the head of the file. Nothing here rejects. */
export class JoinedChannels {
  readonly #options: JoinedChannelsOptions;
  /** Channels whose reader has scrolled back: their older messages must stay. */
  readonly #readingBack = new Set<string>();

  constructor(options: JoinedChannelsOptions) {
    this.#options = options;
  }

  /** A channel that the page is in. */
  get(channelId: string): ChannelState | undefined {
    const state = this.#options.state();
    return state.screen === 'chat' ? state.channels[channelId] : undefined;
  }

  /** Shows a channel, and joins it first where need be. */
  async open(channelId: string, step: Step = 'step'): Promise<void> {
    const { update, address, notifier, onProblem } = this.#options;
    if (!isChannelId(channelId)) {
      onProblem('A channel’s name is 1 to 64 letters, digits, or _ - . : without spaces.');
      return;
    }
    update((state) => {
      if (state.screen !== 'chat') return state;
      const channel = state.channels[channelId] ?? newChannel(channelId);
      const channels = { ...state.channels, [channelId]: { ...channel, unread: 0, mentions: 0 } };
      return { ...state, channels, active: channelId, problem: null };
    });
    address.show(channelId, step === 'step');
    notifier.seen(channelId);
    await this.join(channelId);
  }

  /** Leaves a channel. */
  async leave(channelId: string): Promise<void> {
    const { client, onProblem } = this.#options;
    this.#drop(channelId);
    try {
      await client()?.leave(channelId);
    } catch (error) {
      onProblem(reasonOf(error));
    }
  }

  /** Joins the channels of the last visit again, and shows the one that the address names, or the last one. */
  resume(): void {
    const { saved, address, update } = this.#options;
    const { joined, last } = saved.channels();
    for (const channelId of joined) {
      update((state) =>
        state.screen === 'chat'
          ? { ...state, channels: { ...state.channels, [channelId]: newChannel(channelId) } }
          : state,
      );
      void this.join(channelId);
    }
    const first = address.channel() ?? last ?? joined[0];
    if (first !== undefined) void this.open(first, 'same place');
  }

  /** Nobody should stand in front of an empty page: without a channel to go to, one of the list is opened. */
  async arrive(): Promise<void> {
    const state = this.#options.state();
    if (state.screen !== 'chat' || state.active !== null) return;
    const first = state.listed.find((channel) => channel.id === FIRST_CHANNEL) ?? state.listed[0];
    await this.open(first?.id ?? FIRST_CHANNEL, 'same place');
    // Where no channel is listed and this visitor may not make one, the empty page says enough.
    if (first === undefined && this.get(FIRST_CHANNEL) === undefined) this.#options.onProblem(null);
  }

  /** The address names another channel: one went back or forward. */
  addressChanged(): void {
    const channelId = this.#options.address.channel();
    const state = this.#options.state();
    if (state.screen === 'chat' && channelId !== null && channelId !== state.active) {
      void this.open(channelId, 'same place');
    }
  }

  /** Whether messages of this channel are read as they come. */
  isLookedAt(channelId: string): boolean {
    const state = this.#options.state();
    return state.screen === 'chat' && state.active === channelId && this.#options.isVisible();
  }

  /** Whether the newest messages of this channel are in view. */
  isEndInView(channelId: string): boolean {
    return this.isLookedAt(channelId) && !this.#readingBack.has(channelId);
  }

  /** The page came into view again: what it shows counts as read. */
  seen(): void {
    const { state, notifier, update } = this.#options;
    const now = state();
    if (now.screen !== 'chat' || now.active === null) return;
    notifier.seen(now.active);
    update((known) => withChannel(known, now.active ?? '', (one) => ({ ...one, unread: 0, mentions: 0 })));
  }

  /** Tells whether the reader of a channel looks at older messages, which are kept then. */
  setReadingBack(channelId: string, readingBack: boolean): void {
    if (readingBack) this.#readingBack.add(channelId);
    else this.#readingBack.delete(channelId);
  }

  /** A channel's timeline has become longer. */
  grown(channelId: string): void {
    if (this.#readingBack.has(channelId)) return;
    this.#options.update((state) =>
      withChannel(state, channelId, (channel) => ({ ...channel, timeline: trimmed(channel.timeline) })),
    );
  }

  /** Joins; a channel that lets nobody in is given up, with the reason. */
  async join(channelId: string): Promise<void> {
    const { client, onProblem } = this.#options;
    const chat = client();
    if (chat === null) return;
    try {
      await chat.join(channelId);
      this.#keep();
    } catch (error) {
      // Left meanwhile, or signed out: nothing to tell.
      if (chat !== client() || this.get(channelId) === undefined || chat.state === 'stopped') return;
      this.#drop(channelId);
      onProblem(`#${channelId}: ${reasonOf(error)}`);
    }
  }

  /** Signed out: nobody reads anything. */
  clear(): void {
    this.#readingBack.clear();
  }

  #drop(channelId: string): void {
    const { update, notifier, state, address } = this.#options;
    this.#readingBack.delete(channelId);
    notifier.seen(channelId);
    update((known) => withoutChannel(known, channelId));
    const now = state();
    if (now.screen === 'chat') address.show(now.active, false);
    this.#keep();
  }

  #keep(): void {
    const state = this.#options.state();
    if (state.screen !== 'chat') return;
    this.#options.saved.keepChannels({ joined: Object.keys(state.channels), last: state.active });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
