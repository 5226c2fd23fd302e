/**
 * The page's one store: wraps the chat client, holds what the page shows, and has the actions that people take.
 *
 * Signed out there is no client. Signing in makes one, and it lives until `signOut`, or until the server says that
 * this identity may not go on; then the page is signed out with the reason, and unsent messages become drafts.
 */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChatError } from '../../../src/client/chat-error.ts';
import type { GuestTokenStore } from '../../../src/client/guest-token-store.ts';
import { isChannelId } from '../../../src/protocol/limits.ts';
import type { AccountAnswer, AccountApi, AccountTokens } from './account-api.ts';
import type { AccountSession } from './account-session.ts';
import { ChannelMessages } from './channel-messages.ts';
import { listenTo } from './client-listener.ts';
import { Drafts } from './drafts.ts';
import { CONNECTING, newChannel, withChannel, withoutChannel, type PageState } from './page-state.ts';
import type { SavedSession } from './saved-session.ts';
import { isUseless, stopReason } from './stop-reason.ts';
import { Store, type Schedule } from './store.ts';
import { trimmed } from './timeline.ts';

/** Who signs in. */
export type Credentials =
  | { readonly token: () => Promise<string> }
  | { readonly name?: string; readonly guestTokenStore: GuestTokenStore };

/** What the store needs. */
export interface PageStoreOptions {
  readonly newClient: (credentials: Credentials) => ChatClient;
  readonly accounts: AccountApi;
  readonly account: AccountSession;
  readonly saved: SavedSession;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Whether somebody looks at the page. */
  readonly isVisible: () => boolean;
  readonly schedule: Schedule;
}

const FIRST_CHANNEL = 'general';

/** See the head of the file. */
export class PageStore {
  /** Sending and reading back in the channels. */
  readonly messages: ChannelMessages;
  readonly #options: PageStoreOptions;
  readonly #store: Store<PageState>;
  readonly #drafts = new Drafts();
  /** Channels whose reader has scrolled back: their older messages must stay. */
  readonly #readingBack = new Set<string>();
  #chat: ChatClient | null = null;

  constructor(options: PageStoreOptions) {
    this.#options = options;
    this.#store = new Store<PageState>(signedOut(null), options.schedule);
    this.messages = new ChannelMessages({
      client: () => this.#chat,
      channel: (channelId) => this.#channel(channelId),
      update: (channelId, change) => {
        this.#update(channelId, change);
      },
      now: options.now,
      newId: options.newId,
    });
  }

  get state(): PageState {
    return this.#store.value;
  }

  /** Calls `listener` after changes of the state, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** Goes on as who one was at the last visit, if that is known. */
  resume(): void {
    const identity = this.#options.saved.identity();
    if (identity === null) return;
    this.#enter(identity.kind === 'account' ? { token: this.#options.account.token } : this.#guest());
  }

  /** Begins as a guest; without a name the server gives one. */
  enterAsGuest(name: string): void {
    this.#enter(this.#guest(name.trim()));
  }

  /** Signs in with a user name, or an e-mail address, and a password. */
  async logIn(name: string, password: string): Promise<void> {
    await this.#whileBusy(async () => this.#options.accounts.logIn(name.trim(), password));
  }

  /** Makes an account and signs in with it. */
  async register(username: string, password: string, email: string): Promise<void> {
    await this.#whileBusy(async () => {
      const { accounts } = this.#options;
      const made = await accounts.register(username.trim(), password, email.trim());
      return made.ok ? accounts.logIn(username.trim(), password) : made;
    });
  }

  /** Forgets who one is; a guest for good. */
  async signOut(): Promise<void> {
    this.#drafts.clear();
    this.#leaveChat(null);
    // Where the server can't be reached, its refresh token ends by itself.
    await this.#options.account.end();
  }

  /** Shows a channel, and joins it first where need be. */
  async open(channelId: string): Promise<void> {
    if (!isChannelId(channelId)) {
      this.showProblem('A channel’s name is 1 to 64 letters, digits, or _ - . : without spaces.');
      return;
    }
    this.#store.update((state) => {
      if (state.screen !== 'chat') return state;
      const channel = state.channels[channelId] ?? newChannel(channelId);
      const channels = { ...state.channels, [channelId]: { ...channel, unread: 0 } };
      return { ...state, channels, active: channelId, problem: null };
    });
    await this.#join(channelId);
  }

  /** Leaves a channel. */
  async leave(channelId: string): Promise<void> {
    this.#drop(channelId);
    try {
      await this.#chat?.leave(channelId);
    } catch (error) {
      this.showProblem(reasonOf(error));
    }
  }

  /** Asks for the list of channels again. */
  async refreshChannels(): Promise<void> {
    try {
      const page = await this.#chat?.channels({ limit: 200 });
      if (page === undefined) return;
      this.#store.update((state) => (state.screen === 'chat' ? { ...state, listed: page.items } : state));
    } catch {
      // The list that is shown stays; the next welcome brings another chance.
    }
  }

  /** Tells whether the reader of a channel looks at older messages, which are kept then. */
  setReadingBack(channelId: string, readingBack: boolean): void {
    if (readingBack) this.#readingBack.add(channelId);
    else this.#readingBack.delete(channelId);
  }

  /** The page came into view again: what it shows counts as read. */
  seen(): void {
    const { state } = this;
    if (state.screen !== 'chat' || state.active === null) return;
    this.#update(state.active, (channel) => ({ ...channel, unread: 0 }));
  }

  /** What was written and not sent. */
  draft(channelId: string): string {
    return this.#drafts.get(channelId);
  }

  /** Keeps what is being written, and lets the others see that one types. */
  setDraft(channelId: string, text: string): void {
    this.#drafts.set(channelId, text);
    // A slash command is nothing that the others wait for.
    this.#chat?.typing(channelId, text.trim() !== '' && !text.startsWith('/'));
  }

  /** One left the input, or the channel. */
  stopTyping(channelId: string): void {
    this.#chat?.typing(channelId, false);
  }

  showProblem(problem: string | null): void {
    this.#store.update((state) => (state.screen === 'chat' ? { ...state, problem } : state));
  }

  #guest(name = ''): Credentials {
    const guestTokenStore = this.#options.saved.guestTokenStore();
    return name === '' ? { guestTokenStore } : { name, guestTokenStore };
  }

  async #whileBusy(signIn: () => Promise<AccountAnswer<AccountTokens>>): Promise<void> {
    this.#store.update(() => ({ ...signedOut(null), busy: true }));
    const answer = await signIn();
    if (!answer.ok) {
      this.#store.update(() => signedOut(answer.problem));
      return;
    }
    const { account } = this.#options;
    account.begin(answer.value);
    this.#enter({ token: account.token });
  }

  #enter(credentials: Credentials): void {
    const chat = this.#options.newClient(credentials);
    this.#chat = chat;
    this.#store.update(() => CONNECTING);
    listenTo(chat, {
      update: (change) => {
        if (this.#chat === chat) this.#store.update(change);
      },
      isLookedAt: (channelId) => this.#isLookedAt(channelId),
      onGrown: (channelId) => {
        if (this.#readingBack.has(channelId)) return;
        this.#update(channelId, (channel) => ({ ...channel, timeline: trimmed(channel.timeline) }));
      },
      onFirstWelcome: () => {
        void this.#begin();
      },
      onWelcome: () => {
        void this.refreshChannels();
      },
      onStopped: (error, closeReason) => {
        if (this.#chat === chat) this.#onStopped(error, closeReason);
      },
      onChannelError: (channelId) => {
        void this.#join(channelId);
      },
      now: this.#options.now,
    });
    // What becomes of it comes by the listeners.
    chat.connect().catch(() => undefined);
    const { joined, last } = this.#options.saved.channels();
    for (const channelId of joined) void this.open(channelId);
    if (last !== null) void this.open(last);
  }

  /** Nobody should stand in front of an empty page. */
  async #begin(): Promise<void> {
    await this.refreshChannels();
    const { state } = this;
    if (state.screen !== 'chat' || state.active !== null) return;
    const first = state.listed.find((channel) => channel.id === FIRST_CHANNEL) ?? state.listed[0];
    await this.open(first?.id ?? FIRST_CHANNEL);
    // Where no channel is listed and this visitor may not make one, the empty page says enough.
    if (first === undefined && this.#channel(FIRST_CHANNEL) === undefined) this.showProblem(null);
  }

  async #join(channelId: string): Promise<void> {
    const chat = this.#chat;
    if (chat === null) return;
    try {
      await chat.join(channelId);
      this.#keepChannels();
    } catch (error) {
      // Left meanwhile, or signed out: nothing to tell.
      if (chat !== this.#chat || this.#channel(channelId) === undefined || chat.state === 'stopped') return;
      this.#drop(channelId);
      this.showProblem(`#${channelId}: ${reasonOf(error)}`);
    }
  }

  #drop(channelId: string): void {
    this.#drafts.forget(channelId);
    this.#readingBack.delete(channelId);
    this.#store.update((state) => withoutChannel(state, channelId));
    this.#keepChannels();
  }

  #keepChannels(): void {
    const { state } = this;
    if (state.screen !== 'chat') return;
    this.#options.saved.keepChannels({ joined: Object.keys(state.channels), last: state.active });
  }

  #onStopped(error: ChatError, closeReason: string): void {
    if (isUseless(error)) this.#options.saved.forgetIdentity();
    this.#leaveChat(stopReason(error, closeReason));
  }

  #leaveChat(notice: string | null): void {
    if (notice !== null) this.#drafts.keepUnsent(this.state);
    const chat = this.#chat;
    this.#chat = null;
    this.#readingBack.clear();
    this.#store.update(() => signedOut(notice));
    chat?.close();
  }

  #isLookedAt(channelId: string): boolean {
    const { state } = this;
    return state.screen === 'chat' && state.active === channelId && this.#options.isVisible();
  }

  #channel(channelId: string) {
    const { state } = this;
    return state.screen === 'chat' ? state.channels[channelId] : undefined;
  }

  #update(channelId: string, change: Parameters<typeof withChannel>[2]): void {
    this.#store.update((state) => withChannel(state, channelId, change));
  }
}

function signedOut(notice: string | null): PageState {
  return { screen: 'signed-out', notice, busy: false };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
