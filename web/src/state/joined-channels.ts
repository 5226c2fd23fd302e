/** The channels that the page is in: entering, leaving, and being there again next time. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import { isChannelId } from '../../../src/protocol/limits.ts';
import { newChannel, withoutChannel, type ChannelState, type PageState } from './page-state.ts';
import { reasonOf } from './reason.ts';
import type { RoomView, Step } from './room-view.ts';
import type { SavedSession } from './saved-session.ts';

/** What the channels need. */
export interface JoinedChannelsOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly saved: SavedSession;
  readonly view: RoomView;
  /** Something didn't work, in words. */
  readonly onProblem: (problem: string | null) => void;
}

const FIRST_CHANNEL = 'general';

/** See the head of the file. Nothing here rejects. */
export class JoinedChannels {
  readonly #options: JoinedChannelsOptions;

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
    const { update, view, onProblem } = this.#options;
    if (!isChannelId(channelId)) {
      onProblem('A channel’s name is 1 to 64 letters, digits, or _ - . : without spaces.');
      return;
    }
    update((state) => {
      if (state.screen !== 'chat') return state;
      const channel = state.channels[channelId] ?? newChannel(channelId);
      return { ...state, channels: { ...state.channels, [channelId]: channel } };
    });
    view.show(channelId, step);
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

  /** Somebody has put one out of a channel; `words` say who and why. */
  putOut(channelId: string, words: string): void {
    const { client, onProblem } = this.#options;
    if (this.get(channelId) === undefined) return;
    this.#drop(channelId);
    // For the client, which would come back after the next connection; the server knows.
    client()
      ?.leave(channelId)
      .catch(() => undefined);
    onProblem(words);
  }

  /** Joins the channels of the last visit again. Gives the room to show: `wanted`, or the one of the last visit. */
  resume(wanted: string | null): string | null {
    const { saved, update } = this.#options;
    const { joined, last } = saved.channels();
    for (const channelId of joined) {
      update((state) =>
        state.screen === 'chat'
          ? { ...state, channels: { ...state.channels, [channelId]: newChannel(channelId) } }
          : state,
      );
      void this.join(channelId);
    }
    return wanted ?? last ?? joined[0] ?? null;
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

  /** Joins; a channel that lets nobody in is given up, with the reason. */
  async join(channelId: string): Promise<void> {
    const { client, onProblem } = this.#options;
    const chat = client();
    if (chat === null) return;
    try {
      await chat.join(channelId);
      this.keep();
    } catch (error) {
      // Left meanwhile, or signed out: nothing to tell.
      if (chat !== client() || this.get(channelId) === undefined || chat.state === 'stopped') return;
      this.#drop(channelId);
      onProblem(`#${channelId}: ${reasonOf(error)}`);
    }
  }

  /** Remembers the channels, and the room that is shown, for the next visit. */
  keep(): void {
    const state = this.#options.state();
    if (state.screen !== 'chat') return;
    this.#options.saved.keepChannels({ joined: Object.keys(state.channels), last: state.active });
  }

  #drop(channelId: string): void {
    const { update, view } = this.#options;
    update((known) => withoutChannel(known, channelId));
    view.dropped(channelId);
    this.keep();
  }
}
