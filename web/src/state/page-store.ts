/**
 * The page's one store: wraps the chat client, holds what the page shows, and has the actions that people take.
 *
 * Signed out there is no client. Signing in makes one, and it lives until `signOut`, or until the server says that
 * this identity may not go on. Then the page is signed out with the reason, and unsent messages become drafts; but
 * where another tab, or a change of password, has brought a newer token meanwhile, a new client goes on with that.
 */
import type { ChatClient } from '../../../src/client/chat-client.ts';
import type { ChatError } from '../../../src/client/chat-error.ts';
import type { GuestTokenStore } from '../../../src/client/guest-token-store.ts';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { AccountApi } from './account-api.ts';
import type { ChannelApi } from './channel-api.ts';
import { ChannelDirectory } from './channel-directory.ts';
import { ChannelRoles } from './channel-roles.ts';
import { listenTo } from './client-listener.ts';
import { CommandList } from './command-list.ts';
import type { Conversations } from './conversations.ts';
import type { Drafts } from './drafts.ts';
import type { IssuerApi } from './issuer-api.ts';
import type { IssuerRedirect, Return } from './issuer-redirect.ts';
import type { JoinedChannels } from './joined-channels.ts';
import type { LoginSession } from './login-session.ts';
import type { MessageActs } from './message-acts.ts';
import type { MessageChanges } from './message-changes.ts';
import { MessageSearch } from './message-search.ts';
import type { Moderation } from './moderation.ts';
import type { Notifier } from './notifier.ts';
import { OwnAccount } from './own-account.ts';
import type { PageAddress } from './page-address.ts';
import {
  CONNECTING,
  UNKNOWN_OFFERS,
  withChannel,
  type IdentityKind,
  type PageState,
  type SignedIn,
  type Told,
} from './page-state.ts';
import type { Places } from './places.ts';
import type { Preferences } from './preferences.ts';
import { Reports } from './reports.ts';
import type { RoomMessages } from './room-messages.ts';
import type { RoomView } from './room-view.ts';
import { Rooms } from './rooms.ts';
import type { SavedSession } from './saved-session.ts';
import type { ServerRequests } from './server-requests.ts';
import { SignIn } from './sign-in.ts';
import { isUseless, stopReason } from './stop-reason.ts';
import { Store, type Schedule } from './store.ts';
import type { UnsentMessages } from './unsent-messages.ts';
import type { WhisperPrivacy } from './whisper-privacy.ts';
import type { Writing } from './writing.ts';

/** Who signs in. */
export type Credentials =
  | { readonly token: () => Promise<string> }
  | { readonly name?: string; readonly guestTokenStore: GuestTokenStore };

/** What the store needs. */
export interface PageStoreOptions {
  readonly newClient: (credentials: Credentials) => ChatClient;
  readonly requests: ServerRequests;
  readonly accounts: AccountApi;
  readonly issuers: IssuerApi;
  readonly channels: ChannelApi;
  readonly redirect: IssuerRedirect;
  readonly session: LoginSession;
  readonly saved: SavedSession;
  readonly drafts: Drafts;
  readonly unsent: UnsentMessages;
  readonly address: PageAddress;
  readonly notifier: Notifier;
  readonly preferences: Preferences;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Calls `then` later, ms. */
  readonly wait: (ms: number, then: () => void) => void;
  /** Whether somebody looks at the page. */
  readonly isVisible: () => boolean;
  readonly schedule: Schedule;
}

const MEMBERS_PAGE = 200;

/** See the head of the file. */
export class PageStore {
  /** The channels and conversations; its parts stand here as well. */
  readonly rooms: Rooms;
  readonly messages: RoomMessages;
  readonly changes: MessageChanges;
  readonly acts: MessageActs;
  readonly moderation: Moderation;
  readonly places: Places;
  readonly signIn: SignIn;
  readonly account: OwnAccount;
  readonly commands: CommandList;
  readonly search: MessageSearch;
  readonly reports: Reports;
  readonly roles: ChannelRoles;
  readonly directory: ChannelDirectory;
  readonly channels: JoinedChannels;
  readonly conversations: Conversations;
  readonly privacy: WhisperPrivacy;
  readonly view: RoomView;
  readonly writing: Writing;
  readonly notifier: Notifier;
  readonly preferences: Preferences;
  readonly #options: PageStoreOptions;
  readonly #store: Store<PageState>;
  #chat: ChatClient | null = null;

  constructor(options: PageStoreOptions) {
    this.#options = options;
    this.notifier = options.notifier;
    this.preferences = options.preferences;
    const { requests, accounts, issuers, redirect, session, address } = options;
    const first: PageState = { screen: 'signed-out', notice: null, busy: null, offers: UNKNOWN_OFFERS };
    this.#store = new Store<PageState>(first, options.schedule);
    const client = (): ChatClient | null => this.#chat;
    const update = (change: (state: PageState) => PageState): void => {
      this.#store.update(change);
    };
    const state = (): PageState => this.state;
    this.rooms = new Rooms({
      ...options,
      client,
      state,
      update,
      onProblem: (problem) => {
        this.showProblem(problem);
      },
    });
    this.messages = this.rooms.messages;
    this.changes = this.rooms.changes;
    this.acts = this.rooms.acts;
    this.moderation = this.rooms.moderation;
    this.places = this.rooms.places;
    this.channels = this.rooms.channels;
    this.conversations = this.rooms.conversations;
    this.privacy = this.rooms.privacy;
    this.view = this.rooms.view;
    this.writing = this.rooms.writing;
    this.signIn = new SignIn({
      requests,
      accounts,
      issuers,
      redirect,
      session,
      update,
      enterAsGuest: (name) => {
        this.#enter(this.#guest(name), CONNECTING.identity);
      },
      enterWithLogin: (identity) => {
        this.#enter({ token: session.token }, identity);
      },
      wantedChannel: () => address.room(),
    });
    this.commands = new CommandList(client);
    this.search = new MessageSearch(client);
    this.reports = new Reports(client);
    this.roles = new ChannelRoles(client);
    this.account = new OwnAccount({
      accounts,
      session,
      client,
      onChanged: ({ name, avatar }) => {
        this.#signedIn((state) => (state.user === null ? state : withProfile(state, name, avatar)));
      },
    });
    this.directory = new ChannelDirectory({
      client,
      api: options.channels,
      token: async () => {
        const identity = options.saved.identity();
        return identity?.kind === 'guest' ? identity.token : session.token();
      },
      update: (change) => {
        this.#signedIn(change);
      },
      state,
    });
  }

  get state(): PageState {
    return this.#store.value;
  }

  /** The state, to be watched. */
  get watched(): Pick<Store<PageState>, 'value' | 'subscribe'> {
    return this.#store;
  }

  /** Begins: with what an issuer sent back, else as who one was at the last visit, else with the ways in. */
  begin(back: Return): void {
    if (back.kind === 'code') {
      void this.signIn.loadOffers();
      if (back.channel !== null) this.#options.address.show(back.channel, false);
      void this.signIn.finish(back);
      return;
    }
    const problem = back.kind === 'refused' ? back.problem : null;
    const identity = this.#options.saved.identity();
    if (identity === null) {
      this.#store.update(() => this.signIn.card(problem));
      void this.signIn.loadOffers();
      return;
    }
    if (identity.kind === 'guest') this.#enter(this.#guest(''), CONNECTING.identity);
    else this.#enter({ token: this.#options.session.token }, identity);
    if (problem !== null) this.showProblem(problem);
  }

  /** Forgets who one is, and all that was written; a guest for good. */
  async signOut(): Promise<void> {
    const { saved, session, address } = this.#options;
    this.#leaveChat(null);
    address.show(null, false);
    this.writing.forget();
    saved.forgetChannels();
    // Where the server can't be reached, its refresh token ends by itself.
    await session.end();
  }

  /** Another tab has signed out, or in: this one must not go on as who it was. */
  identityChanged(): void {
    if (this.state.screen !== 'chat' || this.#options.saved.identity() !== null) return;
    this.#leaveChat('You signed out in another tab.');
  }

  /** A page of who is present, by id; null when it can't be had. */
  async members(
    channelId: string,
    after: string | undefined,
  ): Promise<{ readonly members: readonly UserRef[]; readonly hasMore: boolean } | null> {
    try {
      const page = await this.#chat?.presence(channelId, {
        limit: MEMBERS_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      return page ?? null;
    } catch {
      return null;
    }
  }

  /** Tries to connect at once, instead of waiting for the next try. */
  connectNow(): void {
    this.#chat?.connect().catch(() => undefined);
  }

  showProblem(problem: string | null): void {
    this.#signedIn((state) => ({ ...state, problem }));
  }

  /** Says that something worked which isn't seen otherwise. */
  readonly tell = (text: string | null): void => {
    this.#signedIn((state) => ({ ...state, told: toldOf(text) }));
  };

  /** The reader looks at what was reported in these channels. */
  reportsSeen(channelIds: readonly string[]): void {
    const seen = (state: PageState, id: string): PageState =>
      withChannel(state, id, (channel) => ({ ...channel, newReports: 0 }));
    this.#store.update((state) => channelIds.reduce(seen, state));
  }

  /** Says what came of an act: why it failed, or `done` (null: that is seen). */
  readonly say = async (act: Promise<string | null>, done: string | null): Promise<void> => {
    const problem = await act;
    this.#signedIn((state) => ({ ...state, problem, told: problem === null ? toldOf(done) : null }));
  };

  #guest(name: string): Credentials {
    const guestTokenStore = this.#options.saved.guestTokenStore();
    return name === '' ? { guestTokenStore } : { name, guestTokenStore };
  }

  #enter(credentials: Credentials, identity: IdentityKind): void {
    const { now, newClient } = this.#options;
    const chat = newClient(credentials);
    this.#chat = chat;
    const { kind, issuerName } = identity;
    this.#store.update(() => ({ ...CONNECTING, identity: { kind, issuerName } }));
    const ofThis = (change: (state: PageState) => PageState): void => {
      if (this.#chat === chat) this.#store.update(change);
    };
    this.rooms.listenToInbox(chat, ofThis);
    listenTo(chat, {
      ...this.rooms.channelNews(),
      state: () => this.state,
      update: ofThis,
      onFirstWelcome: ({ id }) => {
        this.writing.sendUnsent(id);
        void this.#arrive();
      },
      onWelcome: () => {
        void this.directory.refresh();
      },
      onStopped: (error, closeReason) => {
        if (this.#chat === chat) void this.#onStopped(chat, error, closeReason);
      },
      now,
    });
    // What becomes of it comes by the listeners.
    chat.connect().catch(() => undefined);
    this.rooms.resume();
  }

  async #arrive(): Promise<void> {
    await this.directory.refresh();
    await this.channels.arrive();
  }

  async #onStopped(chat: ChatClient, error: ChatError, closeReason: string): Promise<void> {
    const { session, saved } = this.#options;
    const { state } = this;
    if (isUseless(error) && state.screen === 'chat' && state.identity.kind !== 'guest') {
      const goesOn = await session.hasNewer();
      // Signed out meanwhile.
      if (this.#chat !== chat) return;
      if (goesOn) {
        this.writing.keepUnsent();
        this.#leaveChat(null);
        this.#enter({ token: session.token }, state.identity);
        return;
      }
    }
    if (isUseless(error)) saved.forgetIdentity();
    const kind = state.screen === 'chat' ? state.identity.kind : 'guest';
    this.#leaveChat(stopReason(error, closeReason, kind));
  }

  #leaveChat(notice: string | null): void {
    if (notice !== null) this.writing.unsentToDrafts();
    const chat = this.#chat;
    this.#chat = null;
    this.rooms.clear();
    this.notifier.clear();
    this.#store.update(() => this.signIn.card(notice));
    chat?.close();
    void this.signIn.loadOffers();
  }

  #signedIn(change: (state: SignedIn) => SignedIn): void {
    this.#store.update((state) => (state.screen === 'chat' ? change(state) : state));
  }
}

function toldOf(text: string | null): Told | null {
  return text === null ? null : { text, roomId: null };
}

function withProfile(state: SignedIn, name: string, avatar: string | null): SignedIn {
  if (state.user === null) return state;
  const { id, guest, roles, mutedUntil } = state.user;
  const user = { id, name, guest, roles, ...(mutedUntil === undefined ? {} : { mutedUntil }) };
  return { ...state, user: avatar === null ? user : { ...user, avatar } };
}
