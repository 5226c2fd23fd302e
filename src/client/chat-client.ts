/** The client: one user's conversation with a Hubbub server, the same in browsers and in Node. See docs/client.md. */
import type { JsonObject, ResumePoint, User } from '../protocol/entities.ts';
import type { ConnectionEvents, Replies } from '../protocol/events.ts';
import { ChatEngine } from './chat-engine.ts';
import type { UnreadMessages } from './channel-unread.ts';
import { ChatError } from './chat-error.ts';
import type { ChatOptions } from './chat-options.ts';
import type { ClientEvents } from './client-events.ts';
import type { Welcome } from './connection.ts';
import type { Inbox } from './inbox.ts';
import type { ClientState } from './link.ts';
import type { ChannelView, JoinOptions } from './membership.ts';
import type { OutgoingMessage, Sent } from './outbox.ts';
import type { KnownRequests, RequestData } from './request-types.ts';
import type { Roster } from './roster.ts';
import { UserInbox } from './user-inbox.ts';

/** What may go with a message. */
export interface SendOptions {
  readonly meta?: JsonObject | undefined;
  readonly replyTo?: string | undefined;
  /** The key of the message, where an earlier try of another client must not be doubled. */
  readonly clientMessageId?: string | undefined;
}

/** What may go with a request. */
export interface RequestOptions<Data = unknown> {
  readonly channelId?: string | undefined;
  readonly data?: Data | undefined;
  /** ms until the request is given up, in whatever state. */
  readonly timeoutMs?: number | undefined;
}

/** A type of request: one that this version knows, or any other. */
export type RequestType = keyof KnownRequests | (string & Record<never, never>);

/** What follows the type of a request: nothing is needed where `data` may be empty. */
export type RequestArguments<Type extends string> =
  object extends RequestData<Type>
    ? [options?: RequestOptions<RequestData<Type>>]
    : [options: RequestOptions<RequestData<Type>> & { readonly data: RequestData<Type> }];

/** Which stretch of a log: before or after a `seq`, else the newest. */
export interface HistoryRange {
  readonly beforeSeq?: number | undefined;
  readonly afterSeq?: number | undefined;
  /** 1 to 200; 50 when left out. */
  readonly limit?: number | undefined;
}

/** Which messages a search is for, beside their words. */
export interface SearchOptions {
  /** Left out: all channels that one may read. */
  readonly channelId?: string | undefined;
  readonly author?: { readonly id: string } | { readonly name: string } | undefined;
  /** Sent before that time, ms since the epoch; or `next` of the page before, to go on. */
  readonly before?: number | string | undefined;
  /** Sent at that time or later, ms since the epoch. */
  readonly after?: number | undefined;
  /** 1 to 100; 20 when left out. */
  readonly limit?: number | undefined;
}

/** Which part of a list. */
export interface ListPage {
  /** The id behind which to go on. */
  readonly after?: string | undefined;
  /** 1 to 200; 50 when left out. */
  readonly limit?: number | undefined;
}

/**
 * One user's conversation with a server: connects, comes back, resumes, and sends again what was not answered. Every
 * promise rejects with {@link ChatError} and nothing else.
 */
export class ChatClient {
  readonly #engine: ChatEngine;
  readonly #inbox: Inbox;

  /** Throws a TypeError for a `url` that is none. Nothing happens before {@link connect}. */
  constructor(options: ChatOptions) {
    this.#engine = new ChatEngine(options);
    this.#inbox = new UserInbox({
      engine: this.#engine.inbox,
      askFor: this.#engine.askFor,
      refusal: () => this.#engine.refusal(),
      newId: this.#engine.options.newId,
    });
  }

  /** Private messages with other people. */
  get inbox(): Inbox {
    return this.#inbox;
  }

  /** Requests go out in `online`; sends and joins may be made in every state but `stopped`. */
  get state(): ClientState {
    return this.#engine.link.state;
  }

  /** Who the server says one is; null before the first welcome. */
  get user(): User | null {
    return this.#engine.user;
  }

  /** Messages that wait for an answer, by channel in order of sending. */
  get outbox(): readonly OutgoingMessage[] {
    return this.#engine.outbox.messages;
  }

  /** What one hasn't read, by channel: of those that one has read in, and those in which one is mentioned. */
  get unread(): ReadonlyMap<string, UnreadMessages> {
    return this.#engine.unread.counts;
  }

  /** Who is present in a joined channel, as listeners of `presence` were told; null where one has not joined. */
  members(channelId: string): Roster | null {
    return this.#engine.membership(channelId)?.roster ?? null;
  }

  /** Up to where a joined channel's events were told; to be kept for `recover` of a later client. */
  resumePoint(channelId: string): ResumePoint | null {
    return this.#engine.membership(channelId)?.resumePoint ?? null;
  }

  /** Adds a listener; the function that comes back takes it away. */
  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): () => void {
    return this.#engine.events.on(event, listener);
  }

  /**
   * Connects, and stays connected until told otherwise. Resolves with the first welcome. Rejects when the server says
   * that this identity can't, or with `unavailable` when {@link close} is called before. While the client waits for its
   * next try, the call makes it at once.
   */
  connect(): Promise<Welcome> {
    return this.#engine.connect();
  }

  /**
   * Joins, and joins again after each reconnect. Resolves when what the server had is delivered; rejects when it
   * doesn't let one in.
   */
  join(channelId: string, options: JoinOptions = {}): Promise<ChannelView> {
    return this.#refusal(channelId) ?? this.#engine.join(channelId, options);
  }

  /** Leaves; nothing of the channel is told from now on. Its messages that aren't on their way yet are given up. */
  async leave(channelId: string): Promise<void> {
    // Who is offline has left already.
    if (!this.#engine.leave(channelId) || this.state !== 'online') return;
    await new Promise<void>((resolve, reject) => {
      const { requestTimeoutMs } = this.#engine.options;
      this.#engine.requests.ask({ type: 'channel:leave', channelId }, requestTimeoutMs, (answer) => {
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
    const refusal = this.#refusal(channelId);
    if (refusal !== null) return refusal;
    this.#engine.ownTyping.forget(channelId);
    return this.#engine.outbox.add({
      channelId,
      content,
      clientMessageId: options.clientMessageId ?? this.#engine.options.newId(),
      ...(options.meta === undefined ? {} : { meta: options.meta }),
      ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    });
  }

  /** Gives a message of one's own another text. Resolves when that is on disk, with the place of the event that tells it. */
  update(channelId: string, id: string, content: string): Promise<Sent> {
    return this.#change('message:update', channelId, { id, content });
  }

  /** Takes away the text of a message: of one's own, or as moderator or admin of anybody's. Resolves as {@link update}. */
  delete(channelId: string, id: string): Promise<Sent> {
    return this.#change('message:delete', channelId, { id });
  }

  /**
   * One has read a channel up to `seq`, joined or not. Resolves when that is on disk; of several that wait only the newest is
   * said. One's other devices follow.
   */
  markRead(channelId: string, seq: number): Promise<void> {
    return this.#refusal(channelId) ?? this.#engine.readMarks.mark(channelId, seq);
  }

  /** A page of a joined channel's log, oldest first. */
  history(channelId: string, range: HistoryRange = {}): Promise<Replies['history']> {
    return this.#engine.askFor('history', 'history:get', { channelId, data: { ...range } });
  }

  /**
   * Messages that have all words of `text` (`word*` for what begins so, `"two words"` side by side), newest first, as they
   * stand now; of all channels that one may read, joined or not.
   */
  search(text: string, options: SearchOptions = {}): Promise<Replies['results']> {
    return this.#engine.askFor('results', 'message:search', { data: { text, ...options } });
  }

  /** Who is present in a joined channel, by user id. */
  presence(channelId: string, page: ListPage = {}): Promise<Replies['presence']> {
    return this.#engine.askFor('presence', 'presence:get', { channelId, data: { ...page } });
  }

  /** The public channels whose ids begin with `prefix`, by id. */
  channels(
    page: ListPage & { readonly prefix?: string | undefined } = {},
  ): Promise<ConnectionEvents['channels']> {
    return this.#engine.askFor('channels', 'channel:list', { data: { ...page } });
  }

  /** Says that one types (call it at every keystroke) or ceased to. Dropped while not joined: it would be old news. */
  typing(channelId: string, on: boolean): void {
    if (this.#engine.membership(channelId)?.joined === true) this.#engine.ownTyping.set(channelId, on);
  }

  /** Resolves when the server has answered. */
  async ping(): Promise<void> {
    await this.#engine.askFor('pong', 'ping', {});
  }

  /**
   * Puts a fresh token of the same user in place. With a token function that happens by itself, shortly before the end
   * of a token that tells it.
   */
  async refresh(token: string): Promise<void> {
    const { timestamp } = await this.#engine.call('auth:refresh', { data: { token } });
    this.#engine.identity.renewed(token);
    if (timestamp !== undefined) this.#engine.renewal.begin(token, timestamp);
  }

  /**
   * Sends any request and resolves with the `data` of its answer. It waits for the connection (and the join of its
   * channel) and is sent again after a reconnect, except a `…:send` without a clientMessageId, which fails with
   * `unavailable` then.
   */
  async request<Type extends RequestType>(type: Type, ...rest: RequestArguments<Type>): Promise<JsonObject> {
    return ((await this.#engine.call(type, rest[0] ?? {})).data ?? {}) as JsonObject;
  }

  /** Disconnects. Everything that waits rejects with `unavailable`; {@link connect} begins anew. */
  close(): void {
    this.#engine.link.stop();
    this.#engine.giveUp();
  }

  async #change(type: 'message:update' | 'message:delete', channelId: string, data: object): Promise<Sent> {
    return (await this.#engine.askFor('ack', type, { channelId, data })) as unknown as Sent;
  }

  #refusal(channelId: string | undefined): Promise<never> | null {
    const refusal = this.#engine.refusal(channelId);
    return refusal === null ? null : Promise.reject(refusal);
  }
}
