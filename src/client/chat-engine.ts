/**
 * The works of the client: composes the parts beside this file, and decides who hears of what in which order.
 *
 * After a welcome the joins go out first; a channel's messages and requests follow when it is joined. When a
 * connection ends, memberships are told before requests are interrupted, so that nobody asks again while offline.
 */
import type { User } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { ConnectionEvents, ServerFrame } from '../protocol/events.ts';
import { MAX_LISTED_MEMBERS } from '../protocol/limits.ts';
import type { UnreadState } from '../protocol/unread.ts';
import { answerData, type AskFor, type CallOptions } from './answer-data.ts';
import { Calls } from './calls.ts';
import { ChannelUnreads } from './channel-unread.ts';
import { ChatError } from './chat-error.ts';
import { type ChatOptions, type ResolvedOptions, withDefaults } from './chat-options.ts';
import type { ClientEvents, PresenceChange } from './client-events.ts';
import { platformSocket, socketUrl } from './client-socket.ts';
import type { Welcome } from './connection.ts';
import { Emitter } from './emitter.ts';
import { FramePacer } from './frame-pacer.ts';
import { FrameRouter } from './frame-router.ts';
import { defaultGuestTokenStore } from './guest-token-store.ts';
import { Identity } from './identity.ts';
import { InboxEngine } from './inbox-engine.ts';
import { isInboxRequest } from './inbox-requests.ts';
import { type Beginning, Link } from './link.ts';
import { type ChannelView, type JoinOptions, Membership } from './membership.ts';
import { CHANNEL_CARGO, Outbox, type OutgoingMessage, type Sent } from './outbox.ts';
import type { QuestionOptions } from './question.ts';
import { ReadMarks } from './read-marks.ts';
import { Requests } from './requests.ts';
import { TokenRenewal } from './token-renewal.ts';
import { OwnTyping, TypingMarks } from './typing-marks.ts';

interface ConnectWaiter {
  readonly resolve: (welcome: Welcome) => void;
  readonly reject: (error: ChatError) => void;
}

const CLOSED: Failure = { code: 'unavailable', message: 'the client was closed' };
const LEFT: Failure = { code: 'not_member', message: 'left the channel' };

/** See the head of the file. */
export class ChatEngine {
  readonly options: ResolvedOptions;
  readonly events = new Emitter<ClientEvents>();
  readonly identity: Identity;
  readonly link: Link;
  readonly requests: Requests;
  readonly calls: Calls;
  readonly outbox: Outbox<OutgoingMessage, Sent>;
  readonly inbox: InboxEngine;
  readonly unread: ChannelUnreads;
  readonly readMarks: ReadMarks;
  readonly ownTyping: OwnTyping;
  readonly renewal: TokenRenewal;
  readonly #typingMarks: TypingMarks;
  readonly #router: FrameRouter;
  readonly #question: QuestionOptions;
  readonly #memberships = new Map<string, Membership>();
  #welcome: Welcome | null = null;
  #user: User | null = null;
  readonly #connectWaiters: ConnectWaiter[] = [];

  constructor(given: ChatOptions) {
    const options = withDefaults(given);
    const { timers, random } = options;
    const url = socketUrl(given.url);
    this.options = options;
    this.identity = new Identity({
      token: given.token,
      name: given.name,
      guestToken: given.guestToken,
      store: given.guestTokenStore ?? defaultGuestTokenStore(url),
    });
    const socketClass = given.webSocket ?? platformSocket();
    this.link = new Link(
      {
        url,
        identity: this.identity,
        resumePoint: () => this.inbox.resumePoint,
        socketClass,
        timers,
        random,
        welcomeTimeoutMs: options.connectTimeoutMs,
      },
      {
        onState: (state) => this.events.emit('state', state),
        onWelcome: (welcome, beginning) => {
          this.#onWelcome(welcome, beginning);
        },
        onFrame: (frame) => {
          this.#router.route(frame);
        },
        onOffline: () => {
          this.#onOffline();
        },
        onClosed: (closed) => this.events.emit('closed', closed),
        onStopped: (error) => {
          this.giveUp(error);
          this.events.emit('error', error);
        },
        onError: (error) => this.events.emit('error', error),
      },
    );
    this.requests = new Requests({
      send: (frame) => {
        this.link.send(frame);
      },
      pacer: new FramePacer(options.maxRequestsPerSecond, timers),
      timers,
    });
    const ask = this.requests.ask;
    const online = (): boolean => this.link.state === 'online';
    this.#question = { ask, timers, random, answerTimeoutMs: options.requestTimeoutMs, online };
    const ready = (channelId: string | undefined): boolean => this.#isReady(channelId);
    this.calls = new Calls({ ask, ready, timers });
    this.outbox = new Outbox({
      cargo: CHANNEL_CARGO,
      ask,
      ready,
      timers,
      random,
      onChange: (change) => this.events.emit('outbox', change),
      maxMessages: options.maxOutbox,
      maxAttempts: options.maxSendAttempts,
      maxDelayMs: options.maxSendDelayMs,
      answerTimeoutMs: options.requestTimeoutMs,
    });
    this.inbox = new InboxEngine({
      question: this.#question,
      askFor: this.askFor,
      limits: options,
    });
    this.unread = new ChannelUnreads((counts) => this.events.emit('unread', counts));
    this.readMarks = new ReadMarks({
      store: async (channelId, seq) => {
        const marked = await this.askFor('ack', 'read:set', { channelId, data: { seq } });
        this.unread.take([{ id: channelId, ...(marked as unknown as UnreadState) }]);
      },
    });
    this.renewal = new TokenRenewal({
      canRenew: () => this.identity.canRenew,
      fetch: () => this.identity.token(),
      present: (token, settle) =>
        ask({ type: 'auth:refresh', data: { token } }, options.requestTimeoutMs, settle),
      onError: (error) => this.events.emit('error', error),
      timers,
      random,
    });
    this.#typingMarks = new TypingMarks(timers, (change) => this.events.emit('typing', change));
    this.ownTyping = new OwnTyping(timers, (type, channelId) => {
      this.link.send({ type, channelId });
    });
    this.#router = new FrameRouter({
      requests: this.requests,
      events: this.events,
      typingMarks: this.#typingMarks,
      inbox: this.inbox,
      membership: (channelId) => this.#memberships.get(channelId),
      ownId: () => this.#user?.id ?? null,
      onRestarted: (restarted) => {
        this.#onRestarted(restarted);
      },
      onUnread: (channels) => {
        this.unread.take(channels);
      },
      onDeleted: (channelId) => {
        this.unread.forget(channelId);
      },
      onPresence: (change) => {
        this.#tellPresence(change);
      },
      onUser: (user) => {
        this.#user = user;
        this.inbox.renamed(user);
        this.events.emit('user:updated', user);
      },
      onOut: (channelId, error) => {
        this.#end(channelId, { code: error.code, message: error.message });
        this.events.emit('error', error);
      },
    });
  }

  /** The newest welcome. */
  get welcome(): Welcome | null {
    return this.#welcome;
  }

  /** Who one is, by the newest word of the server. */
  get user(): User | null {
    return this.#user;
  }

  /** Starts the link; settles with the next welcome, or when the client stops. */
  connect(): Promise<Welcome> {
    if (this.link.state === 'online' && this.#welcome !== null) return Promise.resolve(this.#welcome);
    return new Promise((resolve, reject) => {
      this.#connectWaiters.push({ resolve, reject });
      this.link.start();
    });
  }

  /** The membership of a channel, or undefined. */
  membership(channelId: string): Membership | undefined {
    return this.#memberships.get(channelId);
  }

  /** Begins a membership, if there is none, and settles with its join. */
  join(channelId: string, options: JoinOptions): Promise<ChannelView> {
    const known = this.#memberships.get(channelId);
    if (known !== undefined) return known.whenCaughtUp();
    const membership = this.#newMembership(channelId, options);
    this.#memberships.set(channelId, membership);
    const caughtUp = membership.whenCaughtUp();
    membership.join();
    return caughtUp;
  }

  /** Ends a membership and all that belongs to it; false when there was none. */
  leave(channelId: string): boolean {
    return this.#end(channelId, LEFT);
  }

  /** Sends a request, as soon as it may go out, and resolves with its answer. */
  call(
    type: string,
    { channelId, data, timeoutMs = this.options.requestTimeoutMs }: CallOptions,
  ): Promise<ServerFrame> {
    const refusal = this.refusal(channelId);
    if (refusal !== null) return Promise.reject(refusal);
    const frame = {
      type,
      ...(channelId === undefined ? {} : { channelId }),
      ...(data === undefined ? {} : { data }),
    };
    return this.calls.call(frame, timeoutMs);
  }

  /** See {@link AskFor}. */
  readonly askFor: AskFor = async (answer, type, options) =>
    answerData(await this.call(type, options), answer);

  /** Why nothing is taken: a stopped client would wait for a `connect` that may never come. Null: it isn't stopped. */
  refusal(channelId?: string): ChatError | null {
    return this.link.state === 'stopped' ? new ChatError(CLOSED, { channelId }) : null;
  }

  /** Rejects and ends everything; the link is stopped already. */
  giveUp(error: ChatError = new ChatError(CLOSED)): void {
    const failure: Failure = { code: error.code, message: error.message };
    const memberships = [...this.#memberships.values()];
    this.#memberships.clear();
    for (const waiter of this.#connectWaiters.splice(0)) waiter.reject(error);
    for (const membership of memberships) membership.end(failure);
    this.requests.interrupt('disconnected');
    this.calls.fail(failure);
    this.outbox.fail(failure);
    this.inbox.giveUp(failure);
    this.ownTyping.forget();
    this.#typingMarks.clear();
    this.renewal.end();
  }

  #end(channelId: string, why: Failure): boolean {
    const membership = this.#memberships.get(channelId);
    if (membership === undefined) return false;
    this.#memberships.delete(channelId);
    membership.end(why);
    this.outbox.fail(why, channelId);
    this.#typingMarks.clear(channelId);
    this.ownTyping.forget(channelId);
    return true;
  }

  #tellPresence(change: PresenceChange): void {
    this.#memberships.get(change.channelId)?.presence(change);
    this.events.emit('presence', change);
  }

  #isReady(channelId: string | undefined): boolean {
    if (this.link.state !== 'online') return false;
    return channelId === undefined || (this.#memberships.get(channelId)?.joined ?? true);
  }

  #newMembership(channelId: string, join: JoinOptions): Membership {
    return new Membership(channelId, join, {
      question: this.#question,
      onJoined: (view) => {
        const { members, memberCount: count } = view;
        this.events.emit('joined', view);
        this.#tellPresence({ kind: 'list', channelId, members, count });
        this.outbox.pump(channelId);
        this.calls.pump();
      },
      onEvent: (event) => {
        this.unread.shown(event, this.#user?.id);
        this.events.emit('event', event);
        if (event.type !== 'message:created') return;
        this.#typingMarks.stop(channelId, event.data.author);
        const { data } = event;
        if (!('deleted' in data)) this.events.emit('message', { ...event, data });
      },
      onGap: (gap) => {
        if (gap.reason === 'epoch' || gap.reason === 'rewound') this.unread.forget(channelId);
        this.events.emit('gap', gap);
      },
      onRefused: (failure, wasJoinedBefore) => {
        this.#memberships.delete(channelId);
        this.outbox.fail(failure, channelId);
        if (wasJoinedBefore) this.events.emit('error', new ChatError(failure, { channelId }));
      },
    });
  }

  #onWelcome(welcome: Welcome, { token, recover, serverTime }: Beginning): void {
    if (this.#user !== null && this.#user.id !== welcome.user.id) this.unread.clear();
    this.#welcome = welcome;
    this.#user = welcome.user;
    if (token !== undefined && serverTime !== undefined) this.renewal.begin(token, serverTime);
    this.events.emit('state', 'online');
    for (const membership of [...this.#memberships.values()]) membership.join();
    for (const waiter of this.#connectWaiters.splice(0)) waiter.resolve(welcome);
    this.events.emit('welcome', welcome);
    if (welcome.channels !== undefined) this.events.emit('channels', welcome.channels);
    this.inbox.welcomed(welcome, recover);
    this.outbox.pump();
    this.calls.pump();
  }

  #onOffline(): void {
    for (const membership of this.#memberships.values()) membership.away();
    this.inbox.away();
    this.requests.interrupt('disconnected');
    this.ownTyping.forget();
    this.#typingMarks.clear();
    this.renewal.end();
  }

  /** A shard was replaced: what it was asked gets no answer, and whom it told of may be out of date. */
  #onRestarted({ channels, inbox }: ConnectionEvents['route:restarted']): void {
    const hit = new Set(channels);
    this.requests.interrupt('restarted', ({ channelId, type }) =>
      channelId === undefined ? inbox && isInboxRequest(type) : hit.has(channelId),
    );
    if (inbox) this.inbox.restarted();
    for (const channelId of channels) {
      if (this.#memberships.get(channelId)?.joined !== true) continue;
      const timeoutMs = this.options.requestTimeoutMs;
      const data = { limit: MAX_LISTED_MEMBERS };
      this.calls
        .call({ type: 'presence:get', channelId, data }, timeoutMs)
        .then((answer) => {
          const { members, count } = answerData(answer, 'presence');
          this.#tellPresence({ kind: 'list', channelId, members, count });
        })
        // Left, offline or refused meanwhile; the next join brings a list.
        .catch(() => undefined);
    }
  }
}
