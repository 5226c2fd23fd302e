/** A client without an SDK: it does what it is told, and holds everything that it gets against the rules. */
import type { Gateway } from '../../src/gateway/gateway.ts';
import type { ConnectionEvents, Replies, ServerFrame } from '../../src/protocol/events.ts';
import type { ChannelUnread, UnreadState } from '../../src/protocol/unread.ts';
import type { SeenEvent } from './channel-texts.ts';
import { ChannelView, type Recover } from './channel-view.ts';
import { InboxView } from './inbox-view.ts';
import { SimSession } from './sim-session.ts';
import type { SimWorld } from './sim-world.ts';

/** A send of a user, with what it came to. */
export interface Send {
  readonly clientMessageId: string;
  readonly channelId: string;
  readonly content: string;
  placed: { readonly id: string; readonly seq: number } | null;
}

/** A change of a message that a user has asked for, with where it stands. */
export interface Change {
  readonly channelId: string;
  /** Of the message. */
  readonly id: string;
  /** Null: it is to be deleted. */
  readonly content: string | null;
  seq: number | null;
}

/** A person, with any number of clients. */
export interface SimUser {
  readonly name: string;
  readonly id: string;
  readonly sends: Send[];
  readonly changes: Change[];
}

export class SimClient {
  readonly name: string;
  readonly user: SimUser;
  readonly views = new Map<string, ChannelView>();
  readonly inbox: InboxView;
  /** The last answer to `presence:get`, by channel. */
  readonly presence = new Map<string, readonly string[]>();
  /** What it was told of what isn't read, by channel. */
  readonly counts = new Map<string, ChannelUnread>();
  readonly #world: SimWorld;
  #session: SimSession | null = null;
  #refs = 0;

  constructor(world: SimWorld, name: string, user: SimUser) {
    this.#world = world;
    this.name = name;
    this.user = user;
    this.inbox = new InboxView(world, name, user.id);
  }

  get isConnected(): boolean {
    return this.#session !== null;
  }

  /** The connection, to tell one from the next; null while there is none. */
  get session(): object | null {
    return this.#session;
  }

  /** Requests that wait for an answer. */
  get waiting(): readonly string[] {
    return this.#session?.waiting ?? [];
  }

  view(channelId: string): ChannelView {
    let view = this.views.get(channelId);
    if (view === undefined) {
      view = new ChannelView(this.#world, this.name, channelId);
      this.views.set(channelId, view);
    }
    return view;
  }

  /** `early`: the gateway knows who it is. `recover`: hello asks for what the inbox got since. */
  connect(gateway: Gateway, early: boolean, recover?: Recover): void {
    this.#world.note(`${this.name} connects`);
    const asksBack = !early && recover !== undefined;
    this.inbox.connects(asksBack ? recover : undefined);
    this.counts.clear();
    const hello = early ? null : asksBack ? { recover } : {};
    const by = { name: this.name, user: this.user.name, hello };
    this.#session = new SimSession(this.#world, gateway, by, {
      welcomed: ({ inbox }) => {
        if (inbox !== undefined) this.inbox.state(inbox);
      },
      restarted: (inbox) => {
        if (inbox) this.inbox.restarted();
      },
      event: (frame) => {
        if (frame.type === 'unread') this.#counted((frame.data as ConnectionEvents['unread']).channels);
        else if (frame.type === 'read:updated') this.#marked(frame.channelId ?? '', frame.data);
        else if (frame.channelId !== undefined) this.view(frame.channelId).live(frame, this.user.id);
        else if (frame.type !== 'channels') this.inbox.frame(frame);
      },
    });
  }

  /** The line breaks: what is on its way to the server is lost, and of what came up to `lost` events as well. */
  disconnect(lost: number): void {
    const session = this.#session;
    if (session === null) return;
    this.#world.note(`${this.name} disconnects, losing ${lost}`);
    this.#session = null;
    session.end();
    for (const view of this.views.values()) {
      view.left();
      if (view.resume !== undefined)
        view.resume = { ...view.resume, seq: Math.max(0, view.resume.seq - lost) };
    }
    this.inbox.disconnected(lost);
  }

  join(channelId: string, recover: Recover, limit: number | undefined): void {
    const data = { ...(recover === undefined ? {} : { recover }), ...(limit === undefined ? {} : { limit }) };
    this.#ask('channel:join', channelId, data, (frame, ref) => {
      if (frame.type !== 'channel:joined') return false;
      const joined = frame.data as Replies['channel:joined'];
      this.#world.note(`${ref} is in at ${joined.seq}`);
      this.view(channelId).joined(joined, recover, limit);
      return true;
    });
  }

  /** Sends, or sends again. */
  send(send: Send): void {
    const { channelId, clientMessageId, content } = send;
    this.#ask('message:send', channelId, { clientMessageId, content }, ({ type, data }) => {
      if (type !== 'ack') return false;
      this.#placed(send, data as { id: string; seq: number });
      return true;
    });
  }

  /** Changes a message, or asks for the same again. */
  change(change: Change): void {
    const { channelId, id, content } = change;
    const [type, data] = content === null ? ['message:delete', { id }] : ['message:update', { id, content }];
    this.#ask(type, channelId, data, (frame) => {
      if (frame.type !== 'ack') return false;
      this.#changed(change, frame.data as { id: string; seq: number });
      return true;
    });
  }

  /** Any other request about a channel. */
  ask(type: string, channelId: string, data: object = {}): void {
    this.#ask(type, channelId, data, (frame) => {
      const view = this.view(channelId);
      if (frame.type === 'history') view.history((frame.data as Replies['history']).events);
      else if (frame.type === 'presence') {
        const { members } = frame.data as Replies['presence'];
        this.presence.set(
          channelId,
          members.map(({ id }) => id),
        );
      } else if (frame.type !== 'ack') return false;
      else if (type === 'channel:leave') view.left();
      return true;
    });
  }

  /** The user has read the channel up to `seq`. */
  mark(channelId: string, seq: number): void {
    this.#ask('read:set', channelId, { seq }, ({ type, data }) => {
      if (type === 'ack') this.#marked(channelId, data);
      return type === 'ack';
    });
  }

  /** A request to the user's inbox; `answered` is given the frame, an error too, and says whether it is a fit answer. */
  askInbox(type: string, data: object, answered: (frame: ServerFrame) => boolean): void {
    this.#request(type, null, data, answered);
  }

  /** What is asked now may stay without an answer. */
  excuseAll(): void {
    this.#session?.excuse(() => true);
    this.inbox.excuse();
  }

  #ask(
    type: string,
    channelId: string,
    data: object,
    answered: (frame: ServerFrame, ref: string) => boolean,
  ): void {
    this.#request(type, channelId, data, (frame, ref) => frame.type === 'error' || answered(frame, ref));
  }

  #request(
    type: string,
    channelId: string | null,
    data: object,
    answered: (frame: ServerFrame, ref: string) => boolean,
  ): void {
    if (this.#session === null) return;
    this.#refs += 1;
    const ref = `${this.name}-${this.#refs}`;
    this.#session.ask(ref, {
      type,
      channelId,
      data,
      answered: (frame) => {
        if (!answered(frame, ref)) this.#broken(`${ref} is answered with ${JSON.stringify(frame)}`);
      },
    });
  }

  #marked(id: string, data: unknown): void {
    this.#counted([{ id, ...(data as UnreadState) }]);
  }

  /** What is older than what is known was overtaken. */
  #counted(channels: readonly ChannelUnread[]): void {
    for (const channel of channels) {
      const known = this.counts.get(channel.id);
      if (known === undefined || (channel.seq >= known.seq && channel.head >= known.head))
        this.counts.set(channel.id, channel);
    }
  }

  #placed(send: Send, { id, seq }: { readonly id: string; readonly seq: number }): void {
    const stored = this.#world.events(send.channelId)[seq - 1];
    if (
      stored?.id !== id ||
      stored.clientMessageId !== send.clientMessageId ||
      stored.sender !== this.user.id
    ) {
      this.#broken(`an ack for ${send.clientMessageId} that the log does not have at ${seq}`);
    }
    if (send.placed !== null && (send.placed.id !== id || send.placed.seq !== seq)) {
      this.#broken(`two places for ${send.clientMessageId}`);
    }
    send.placed = { id, seq };
  }

  #changed(change: Change, { id, seq }: { readonly id: string; readonly seq: number }): void {
    const { channelId, content } = change;
    const stored = this.#world.events(channelId)[seq - 1];
    const data = JSON.parse(stored?.data ?? '{}') as SeenEvent['data'];
    // What took its place has left nothing of its text.
    const isMine =
      content === null ? stored?.type === 'message:deleted' : [content, undefined].includes(data.content);
    if (id !== change.id || data.id !== id || !isMine) {
      this.#broken(`an ack for a change of ${id} that the log does not have at ${seq}`);
    }
    change.seq = seq;
  }

  #broken(what: string): void {
    this.#world.broken(`${this.name}: ${what}`);
  }
}
