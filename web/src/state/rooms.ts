/** The rooms that the page holds, channels and conversations, and what the chat client tells of them. */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ClientListenerOptions } from './client-listener.ts';
import { correspondentId } from './conversation.ts';
import { Conversations } from './conversations.ts';
import type { Drafts } from './drafts.ts';
import { refusedWith } from './hindrance.ts';
import { listenToInbox } from './inbox-listener.ts';
import { JoinedChannels } from './joined-channels.ts';
import { MessageActs } from './message-acts.ts';
import { MessageChanges } from './message-changes.ts';
import { Moderation } from './moderation.ts';
import type { Notifier } from './notifier.ts';
import type { PageAddress } from './page-address.ts';
import { channelName, roomOf, withChannel, withRoom, type PageState } from './page-state.ts';
import { Places } from './places.ts';
import { ReadMarks } from './read-marks.ts';
import { RoomMessages } from './room-messages.ts';
import { RoomView, type Step } from './room-view.ts';
import type { SavedSession } from './saved-session.ts';
import type { UnsentMessages } from './unsent-messages.ts';
import { WhisperPrivacy } from './whisper-privacy.ts';
import { Writing } from './writing.ts';

/** What the rooms need. */
export interface RoomsOptions {
  /** Null while signed out. */
  readonly client: () => ChatClient | null;
  readonly state: () => PageState;
  readonly update: (change: (state: PageState) => PageState) => void;
  readonly saved: SavedSession;
  readonly drafts: Drafts;
  readonly unsent: UnsentMessages;
  readonly address: PageAddress;
  readonly notifier: Notifier;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Calls `then` later, ms. */
  readonly wait: (ms: number, then: () => void) => void;
  /** Whether somebody looks at the page. */
  readonly isVisible: () => boolean;
  /** Something didn't work, in words. */
  readonly onProblem: (problem: string | null) => void;
}

/** What {@link Rooms} does about the news of channels. */
export type ChannelNews = Pick<
  ClientListenerOptions,
  'isLookedAt' | 'isEndInView' | 'onGrown' | 'onUnseen' | 'onPutOut' | 'onChannelError'
>;

/** See the head of the file. */
export class Rooms {
  /** Sending and reading back, in channels and conversations. */
  readonly messages: RoomMessages;
  /** Editing and deleting, in both. */
  readonly changes: MessageChanges;
  /** Reactions, pins, reports, threads. */
  readonly acts: MessageActs;
  readonly moderation: Moderation;
  /** Going to a certain message. */
  readonly places: Places;
  /** Which channels one is in. */
  readonly channels: JoinedChannels;
  readonly conversations: Conversations;
  readonly privacy: WhisperPrivacy;
  /** Which room is shown, and what of it is in view. */
  readonly view: RoomView;
  readonly writing: Writing;
  /** Up to where channels are read. */
  readonly marks: ReadMarks;
  readonly #options: RoomsOptions;

  constructor(options: RoomsOptions) {
    this.#options = options;
    const { client, state, update, saved, onProblem, newId } = options;
    const messages = new RoomMessages({
      ...options,
      room: (roomId) => roomOf(state(), roomId),
      update: (roomId, change) => {
        update((known) => withRoom(known, roomId, change));
      },
      onRefused: (roomId, { code, retryAfterMs }) => {
        const refused = refusedWith(code, retryAfterMs, options.now());
        update((known) => withChannel(known, roomId, (channel) => ({ ...channel, ...refused })));
      },
    });
    const view = new RoomView({
      ...options,
      onSeen: (roomId) => {
        this.conversations.seen(roomId);
        this.marks.seen(roomId);
      },
    });
    this.marks = new ReadMarks({
      client,
      state,
      isLookedAt: (channelId) => view.isLookedAt(channelId),
      wait: options.wait,
    });
    const onShown = (): void => {
      this.channels.keep();
    };
    this.messages = messages;
    this.changes = new MessageChanges({ client, state, update });
    this.acts = new MessageActs({ client, state });
    this.moderation = new Moderation(client);
    this.places = new Places({
      client,
      state,
      update,
      open: (channelId) => this.open(channelId),
      onProblem,
    });
    this.view = view;
    this.conversations = new Conversations({ client, state, update, view, messages, newId, onShown });
    this.channels = new JoinedChannels({ client, state, update, saved, view, onProblem });
    this.privacy = new WhisperPrivacy(client);
    this.writing = new Writing({
      ...options,
      messages,
      ensureConversation: (id) => {
        this.conversations.ensure({ id, name: '' });
      },
    });
  }

  /** Shows a channel, joining it where need be, or a conversation. */
  async open(roomId: string, step: Step = 'step'): Promise<void> {
    const userId = correspondentId(roomId);
    if (userId === null) await this.channels.open(roomId, step);
    else this.conversations.open(this.conversations.get(roomId)?.with ?? { id: userId, name: '' }, step);
  }

  /** Joins the channels of the last visit again, and shows the room that the address names, or the last one. */
  resume(): void {
    const first = this.channels.resume(this.#options.address.room());
    if (first !== null) void this.open(first, 'same place');
  }

  /** The address names another room: one went back or forward. */
  addressChanged(): void {
    const state = this.#options.state();
    const roomId = this.#options.address.room();
    if (state.screen === 'chat' && roomId !== null && roomId !== state.active) {
      void this.open(roomId, 'same place');
    }
  }

  /** What to do about the news of channels. */
  channelNews(): ChannelNews {
    const { state, isVisible, notifier } = this.#options;
    const { view, channels } = this;
    return {
      isLookedAt: (channelId) => view.isLookedAt(channelId),
      isEndInView: (channelId) => view.isEndInView(channelId),
      onGrown: (channelId) => {
        view.grown(channelId);
      },
      onUnseen: ({ channelId, message, mention }) => {
        if (isVisible()) return;
        const { author, content } = message;
        const name = channelName(state(), channelId);
        notifier.tell({ roomId: channelId, channelName: name, author: author.name, content, mention });
      },
      onPutOut: ({ channelId, words }) => {
        channels.putOut(channelId, words);
      },
      onChannelError: (channelId) => {
        if (channels.get(channelId) !== undefined) void channels.join(channelId);
      },
    };
  }

  /** Listens to the inbox for as long as the client lives; `update` does nothing once another client is there. */
  listenToInbox(chat: ChatClient, update: RoomsOptions['update']): void {
    const { state, isVisible, notifier } = this.#options;
    const { conversations, view, privacy } = this;
    listenToInbox(chat, {
      state,
      update,
      isEndInView: (key) => view.isEndInView(key),
      onGrown: (key) => {
        view.grown(key);
        conversations.cameIn();
      },
      onCounted: (key) => {
        conversations.seen(key);
      },
      onWhisper: (key, { author, content }) => {
        if (isVisible()) return;
        notifier.tell({ roomId: key, channelName: null, author: author.name, content, mention: true });
      },
      onMention: (channelId, author) => {
        const name = channelName(state(), channelId);
        const told = { text: `${author.name} mentioned you in #${name}.`, roomId: channelId };
        update((known) => (known.screen === 'chat' ? { ...known, told } : known));
        if (isVisible()) return;
        const text = { author: author.name, content: '', mention: true };
        notifier.tell({ roomId: channelId, channelName: name, ...text });
      },
      onState: () => {
        void conversations.refresh();
        privacy.follow();
      },
      onGap: () => {
        conversations.restarted();
      },
    });
  }

  /** Signed out: nobody reads anything. */
  clear(): void {
    this.view.clear();
    this.conversations.clear();
    this.marks.clear();
  }
}
