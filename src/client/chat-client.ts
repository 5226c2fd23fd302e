/**
 * The client: one user's conversation with a Hubbub server, the same in browsers and in Node. It composes the parts
 * beside this file and decides only who hears of what, and in which order.
 */
import type { ChannelSummary, JsonObject, User } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ConnectionEvents, Replies } from '../protocol/events.ts';
import { MAX_LISTED_MEMBERS } from '../protocol/limits.ts';
import { Calls } from './calls.ts';
import { ChatError } from './chat-error.ts';
import { type ChatOptions, type ResolvedOptions, withDefaults } from './chat-options.ts';
import type { ClientEvents } from './client-events.ts';
import { platformSocket, socketUrl } from './client-socket.ts';
import type { Welcome } from './connection.ts';
import { Emitter } from './emitter.ts';
import { FrameRouter } from './frame-router.ts';
import { defaultGuestTokenStore } from './guest-token-store.ts';
import { Identity } from './identity.ts';
import { type ClientState, Link } from './link.ts';
import { type ChannelView, type JoinOptions, Membership } from './membership.ts';
import { Outbox, type OutgoingMessage, type Sent } from './outbox.ts';
import { Requests } from './requests.ts';
import { OwnTyping, TypingMarks } from './typing-marks.ts';

/** What may go with a message. */
export interface SendOptions {
  readonly meta?: JsonObject;
  readonly replyTo?: string;
  /** The key of the message, where an earlier try of another client must not be doubled. */
  readonly clientMessageId?: string;
}

/** What may go with a request. */
export interface RequestOptions {
  readonly channelId?: string;
  readonly data?: JsonObject;
  /** ms until the request is given up, in whatever state. */
  readonly timeoutMs?: number;
}

const CLOSED: Failure = { code: 'unavailable', message: 'the client was closed' };

/** See docs/client.md. Every promise rejects with {@link ChatError} and nothing else. */
export class ChatClient {
  readonly #options: ResolvedOptions;
  readonly #events = new Emitter<ClientEvents>();
  readonly #identity: Identity;
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #calls: Calls;
  readonly #outbox: Outbox;
  readonly #memberships = new Map<string, Membership>();
  readonly #typingMarks: TypingMarks;
  readonly #ownTyping: OwnTyping;
  readonly #router: FrameRouter;
  #welcome: Welcome | null = null;
  #connectWaiters: { resolve(welcome: Welcome): void; reject(error: ChatError): void }[] = [];

  /** Throws a TypeError for a `url` that is none. Nothing happens before {@link connect}. */
  constructor(options: ChatOptions) {
    const resolved = withDefaults(options);
    const { timers, random } = resolved;
    const url = socketUrl(options.url);
    this.#options = resolved;
    this.#identity = new Identity({
      token: options.token,
      name: options.name,
      guestToken: options.guestToken,
      store: options.guestTokenStore ?? defaultGuestTokenStore(url),
    });
    this.#link = new Link(
      {
        url,
        identity: this.#identity,
        socketClass: options.webSocket ?? platformSocket(),
        timers,
        random,
        welcomeTimeoutMs: resolved.connectTimeoutMs,
      },
      {
        onState: (state) => this.#events.emit('state', state),
        onWelcome: (welcome) => {
          this.#onWelcome(welcome);
        },
        onFrame: (frame) => {
          this.#router.route(frame);
        },
        onOffline: () => {
          this.#onOffline();
        },
        onClosed: (closed) => this.#events.emit('closed', closed),
        onStopped: (error) => {
          this.#giveUp(error);
          this.#events.emit('error', error);
        },
        onError: (error) => this.#events.emit('error', error),
      },
    );
    this.#requests = new Requests((frame) => {
      this.#link.send(frame);
    }, timers);
    const ask = this.#requests.ask;
    const ready = (channelId: string | undefined): boolean => this.#isReady(channelId);
    this.#calls = new Calls({ ask, ready, timers });
    this.#outbox = new Outbox({
      ask,
      ready,
      timers,
      random,
      onChange: (change) => this.#events.emit('outbox', change),
      maxMessages: resolved.maxOutbox,
      maxAttempts: resolved.maxSendAttempts,
      maxDelayMs: resolved.maxSendDelayMs,
      answerTimeoutMs: resolved.requestTimeoutMs,
    });
    this.#typingMarks = new TypingMarks(timers, (change) => this.#events.emit('typing', change));
    this.#ownTyping = new OwnTyping(timers, (type, channelId) => {
      this.#link.send({ type, channelId });
    });
    this.#router = new FrameRouter({
      requests: this.#requests,
      events: this.#events,
      typingMarks: this.#typingMarks,
      membership: (channelId) => this.#memberships.get(channelId),
      onRestarted: (channels) => {
        this.#onRestarted(channels);
      },
    });
  }

  /** `online` is the state in which requests go out; sends and joins may be made in every one but `stopped`. */
  get state(): ClientState {
    return this.#link.state;
  }

  /** Who the server says one is; null before the first welcome. */
  get user(): User | null {
    return this.#welcome?.user ?? null;
  }

  /** Messages that wait for an answer, by channel in order of sending. */
  get outbox(): readonly OutgoingMessage[] {
    return this.#outbox.messages;
  }

  /** Adds a listener; the function that comes back takes it away. */
  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Connects, and stays connected until told otherwise. Resolves with the first welcome. Rejects when the server says
   * that this identity can't, or with `unavailable` when {@link close} is called before.
   */
  connect(): Promise<Welcome> {
    if (this.state === 'online' && this.#welcome !== null) return Promise.resolve(this.#welcome);
    return new Promise((resolve, reject) => {
      this.#connectWaiters.push({ resolve, reject });
      this.#link.start();
    });
  }

  /**
   * Joins, and joins again after each reconnect. Resolves when what the server had is delivered; rejects when it
   * doesn't let one in.
   */
  join(channelId: string, options: JoinOptions = {}): Promise<ChannelView> {
    if (this.state === 'stopped') return Promise.reject(new ChatError(CLOSED, { channelId }));
    const known = this.#memberships.get(channelId);
    if (known !== undefined) return known.whenCaughtUp();
    const membership = this.#newMembership(channelId, options);
    this.#memberships.set(channelId, membership);
    const caughtUp = membership.whenCaughtUp();
    membership.join();
    return caughtUp;
  }

  /** Leaves; nothing more of the channel is told from now on. Its messages that aren't on their way yet are given up. */
  async leave(channelId: string): Promise<void> {
    const membership = this.#memberships.get(channelId);
    if (membership === undefined) return;
    const leaving: Failure = { code: 'not_member', message: 'left the channel' };
    this.#memberships.delete(channelId);
    membership.end(leaving);
    this.#outbox.fail(leaving, channelId);
    this.#typingMarks.clear(channelId);
    this.#ownTyping.forget(channelId);
    // Who is offline has left already.
    if (this.state !== 'online') return;
    await new Promise<void>((resolve, reject) => {
      const { requestTimeoutMs } = this.#options;
      this.#requests.ask({ type: 'channel:leave', channelId }, requestTimeoutMs, (answer) => {
        if (answer.kind !== 'error' || answer.failure.code === 'not_member') resolve();
        else reject(new ChatError(answer.failure, { channelId }));
      });
    });
  }

  /**
   * Sends a message; resolves when it is on disk. It waits for the connection and for the join, keeps its place among
   * the channel's messages, and is in the log once however often it had to be sent.
   */
  send(channelId: string, content: string, options: SendOptions = {}): Promise<Sent> {
    if (this.state === 'stopped') return Promise.reject(new ChatError(CLOSED, { channelId }));
    this.#ownTyping.forget(channelId);
    return this.#outbox.add({
      channelId,
      content,
      clientMessageId: options.clientMessageId ?? this.#options.newId(),
      ...(options.meta === undefined ? {} : { meta: options.meta }),
      ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    });
  }

  /** A page of the log, oldest first: before or after a `seq`, else the newest; at most 200. */
  async history(
    channelId: string,
    range: { readonly beforeSeq?: number; readonly afterSeq?: number; readonly limit?: number } = {},
  ): Promise<Replies['history']> {
    return (await this.request('history:get', { channelId, data: range })) as unknown as Replies['history'];
  }

  /** Who is present, by user id, behind the id `after`. */
  async presence(
    channelId: string,
    page: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<Replies['presence']> {
    return (await this.request('presence:get', { channelId, data: page })) as unknown as Replies['presence'];
  }

  /** The public channels whose ids begin with `prefix`, behind the id `after`. */
  async channels(
    page: { readonly prefix?: string; readonly after?: string; readonly limit?: number } = {},
  ): Promise<{ readonly items: readonly ChannelSummary[]; readonly hasMore: boolean }> {
    return (await this.request('channel:list', { data: page })) as unknown as ConnectionEvents['channels'];
  }

  /** Says that one types (call it at every keystroke) or ceased to. Lost while not joined: it would be old news. */
  typing(channelId: string, on: boolean): void {
    if (this.#memberships.get(channelId)?.joined === true) this.#ownTyping.set(channelId, on);
  }

  /** Resolves when the server has answered. */
  async ping(): Promise<void> {
    await this.request('ping');
  }

  /** Puts a fresh token of the same user in place of one that is about to expire. */
  async refresh(token: string): Promise<void> {
    await this.request('auth:refresh', { data: { token } });
    this.#identity.renewed(token);
  }

  /**
   * Sends any request and resolves with the `data` of its answer. It waits for the connection (and the join of its
   * channel) and is sent again after a reconnect, except a `…:send` without a clientMessageId, which fails with
   * `unavailable` then.
   */
  request(type: string, options: RequestOptions = {}): Promise<JsonObject> {
    const { channelId, data, timeoutMs = this.#options.requestTimeoutMs } = options;
    if (this.state === 'stopped') return Promise.reject(new ChatError(CLOSED, { channelId }));
    const frame = {
      type,
      ...(channelId === undefined ? {} : { channelId }),
      ...(data === undefined ? {} : { data }),
    };
    return this.#calls.call(frame, timeoutMs);
  }

  /** Disconnects. Everything that waits rejects with `unavailable`; {@link connect} begins anew. */
  close(): void {
    this.#link.stop();
    this.#giveUp(new ChatError(CLOSED));
  }

  #isReady(channelId: string | undefined): boolean {
    if (this.state !== 'online') return false;
    return channelId === undefined || (this.#memberships.get(channelId)?.joined ?? true);
  }

  #newMembership(channelId: string, join: JoinOptions): Membership {
    return new Membership(channelId, join, {
      ask: this.#requests.ask,
      timers: this.#options.timers,
      random: this.#options.random,
      answerTimeoutMs: this.#options.requestTimeoutMs,
      online: () => this.state === 'online',
      onJoined: (view) => {
        const { members, memberCount: count } = view;
        this.#events.emit('joined', view);
        this.#events.emit('presence', { kind: 'list', channelId, members, count });
        this.#outbox.pump(channelId);
        this.#calls.pump();
      },
      onEvent: (event) => {
        this.#events.emit('event', event);
        if (event.type !== 'message:created') return;
        this.#typingMarks.stop(channelId, event.data.author);
        this.#events.emit('message', event);
      },
      onGap: (gap) => this.#events.emit('gap', gap),
      onRefused: (failure, known) => {
        this.#memberships.delete(channelId);
        this.#outbox.fail(failure, channelId);
        if (known) this.#events.emit('error', new ChatError(failure, { channelId }));
      },
    });
  }

  #onWelcome(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#events.emit('state', 'online');
    for (const membership of [...this.#memberships.values()]) membership.join();
    for (const waiter of this.#connectWaiters.splice(0)) waiter.resolve(welcome);
    this.#events.emit('welcome', welcome);
    if (welcome.channels !== undefined) this.#events.emit('channels', welcome.channels);
    this.#outbox.pump();
    this.#calls.pump();
  }

  #onOffline(): void {
    for (const membership of this.#memberships.values()) membership.away();
    this.#requests.interrupt('disconnected');
    this.#ownTyping.forget();
    this.#typingMarks.clear();
  }

  /** A shard was replaced: what its channels were asked gets no answer, and whom it told of may be out of date. */
  #onRestarted(channels: readonly string[]): void {
    this.#requests.interrupt('restarted', new Set(channels));
    for (const channelId of channels) {
      if (this.#memberships.get(channelId)?.joined !== true) continue;
      this.presence(channelId, { limit: MAX_LISTED_MEMBERS }).then(
        ({ members, count }) => this.#events.emit('presence', { kind: 'list', channelId, members, count }),
        // Left, offline or refused meanwhile; the next join brings a list.
        () => undefined,
      );
    }
  }

  #giveUp(error: ChatError): void {
    const failure: Failure = { code: error.code, message: error.message };
    for (const waiter of this.#connectWaiters.splice(0)) waiter.reject(error);
    const memberships = [...this.#memberships.values()];
    this.#memberships.clear();
    for (const membership of memberships) membership.end(failure);
    this.#requests.interrupt('disconnected');
    this.#calls.fail(failure);
    this.#outbox.fail(failure);
    this.#ownTyping.forget();
    this.#typingMarks.clear();
  }
}
