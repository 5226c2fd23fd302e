/** A client without an SDK: it does what it is told, and holds everything that it gets against the rules. */
import type { Connection } from '../../src/gateway/connection.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import type { Replies, ServerFrame } from '../../src/protocol/events.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { ChannelView, type Recover } from './channel-view.ts';
import { readFrames } from './frame-reader.ts';
import { identityOf } from './sim-gateways.ts';
import { SHARDS } from './sim-shards.ts';
import type { SimWorld } from './sim-world.ts';

/** A send of a user, with what it came to. */
export interface Send {
  readonly clientMessageId: string;
  readonly channelId: string;
  readonly content: string;
  placed: { readonly id: string; readonly seq: number } | null;
}

/** A person, with any number of clients. */
export interface SimUser {
  readonly name: string;
  readonly id: string;
  readonly sends: Send[];
}

interface Asked {
  readonly type: string;
  readonly channelId: string;
  readonly recover?: Recover;
  readonly limit?: number;
  readonly send?: Send;
}

interface Session {
  readonly gateway: Gateway;
  /** Null while the gateway takes it in, which may write `welcome` already. */
  connection: Connection | null;
  /** Requests without an answer, by ref. */
  readonly pending: Map<string, Asked>;
  /** Requests that a `route:restarted` excused: they may still be answered, once. */
  readonly excused: Map<string, Asked>;
  isWelcome: boolean;
  isOver: boolean;
  lastArrival: number;
}

export class SimClient {
  readonly name: string;
  readonly user: SimUser;
  readonly views = new Map<string, ChannelView>();
  /** The last answer to `presence:get`, by channel. */
  readonly presence = new Map<string, readonly string[]>();
  readonly #world: SimWorld;
  #session: Session | null = null;
  #refs = 0;

  constructor(world: SimWorld, name: string, user: SimUser) {
    this.#world = world;
    this.name = name;
    this.user = user;
  }

  get isConnected(): boolean {
    return this.#session !== null;
  }

  /** Requests that wait for an answer. */
  get waiting(): readonly string[] {
    return [...(this.#session?.pending ?? [])].map(
      ([ref, { type, channelId }]) => `${ref} ${type} ${channelId}`,
    );
  }

  view(channelId: string): ChannelView {
    let view = this.views.get(channelId);
    if (view === undefined) {
      view = new ChannelView(this.#world, this.name, channelId);
      this.views.set(channelId, view);
    }
    return view;
  }

  connect(gateway: Gateway, early: boolean): void {
    this.#world.note(`${this.name} connects`);
    const session: Session = {
      gateway,
      connection: null,
      pending: new Map(),
      excused: new Map(),
      isWelcome: false,
      isOver: false,
      lastArrival: 0,
    };
    this.#session = session;
    const sink = {
      writableLength: 0,
      write: (bytes: Uint8Array): boolean => {
        for (const text of readFrames(Buffer.from(bytes)))
          this.#receive(session, JSON.parse(text) as ServerFrame);
        return true;
      },
    };
    const control = {
      ping: () => {
        this.#world.clock.after(1, () => {
          if (session.connection !== null) gateway.heard(session.connection);
        });
      },
      close: (code: number, reason?: string) => {
        this.#world.broken(`${this.name} was closed with ${code} ${reason ?? ''}`);
      },
      terminate: () => {
        this.#world.broken(`${this.name} was cut off`);
      },
    };
    const admitted = early ? { identity: identityOf(this.user.name) } : null;
    session.connection = gateway.accept(sink, control, 'address', admitted, null);
    if (!early) this.#post(session, { type: 'hello', data: { token: this.user.name } });
  }

  /** The line breaks: what is on its way to the server is lost, and of what came up to `lost` events as well. */
  disconnect(lost: number): void {
    const session = this.#session;
    if (session === null) return;
    this.#world.note(`${this.name} disconnects, losing ${lost}`);
    session.isOver = true;
    this.#session = null;
    if (session.connection !== null) session.gateway.closed(session.connection, 1006);
    for (const view of this.views.values()) {
      view.left();
      if (view.resume !== undefined)
        view.resume = { ...view.resume, seq: Math.max(0, view.resume.seq - lost) };
    }
  }

  join(channelId: string, recover: Recover, limit: number | undefined): void {
    const data = { ...(recover === undefined ? {} : { recover }), ...(limit === undefined ? {} : { limit }) };
    this.#ask({ type: 'channel:join', channelId, recover, ...(limit === undefined ? {} : { limit }) }, data);
  }

  /** Sends, or sends again. */
  send(send: Send): void {
    const { channelId, clientMessageId, content } = send;
    this.#ask({ type: 'message:send', channelId, send }, { clientMessageId, content });
  }

  /** Any other request about a channel. */
  ask(type: string, channelId: string, data: object = {}): void {
    this.#ask({ type, channelId }, data);
  }

  #ask(asked: Asked, data: object): void {
    const session = this.#session;
    if (session === null) return;
    this.#refs += 1;
    const ref = `${this.name}-${this.#refs}`;
    this.#world.note(`${ref} ${asked.type} ${asked.channelId} ${JSON.stringify(data)}`);
    session.pending.set(ref, asked);
    this.#post(session, { type: asked.type, ref, channelId: asked.channelId, data });
  }

  #post(session: Session, frame: object): void {
    const { clock, random } = this.#world;
    const now = clock.mono();
    session.lastArrival = Math.max(session.lastArrival, now + random.int(0, 6));
    clock.after(session.lastArrival - now, () => {
      const { isOver, connection, gateway } = session;
      if (!isOver && connection !== null)
        gateway.receive(connection, Buffer.from(JSON.stringify(frame)), false);
    });
  }

  #receive(session: Session, frame: ServerFrame): void {
    if (session.isOver) {
      this.#broken(`got ${frame.type} after the end`);
    } else if (!session.isWelcome) {
      session.isWelcome = true;
      if (frame.type !== 'welcome') this.#broken(`the first frame is ${frame.type}`);
    } else if (frame.type === 'route:restarted') {
      this.#restarted(session, (frame.data as { readonly channels: readonly string[] }).channels);
    } else if (frame.ref !== undefined) {
      this.#answered(session, frame.ref, frame);
    } else if (frame.type === 'inbox:state') {
      return;
    } else if (frame.channelId === undefined) {
      this.#broken(`got ${frame.type} that belongs to nothing`);
    } else {
      this.view(frame.channelId).live(frame, this.user.id);
    }
  }

  #restarted(session: Session, channels: readonly string[]): void {
    this.#world.note(`${this.name} is told of ${channels.join(' ')}`);
    if (this.#world.crashes === 0) this.#broken('route:restarted without a crash');
    const owners = new Set(channels.map((id) => shardOf(`channel:${id}`, SHARDS)));
    if (owners.size > 1 && !this.#world.profile.misrouted) this.#broken('told of channels of another shard');
    this.#excuse(session, (asked) => channels.includes(asked.channelId));
  }

  /** What is asked now may stay without an answer. */
  excuseAll(): void {
    if (this.#session !== null) this.#excuse(this.#session, () => true);
  }

  #excuse(session: Session, which: (asked: Asked) => boolean): void {
    for (const [ref, asked] of session.pending) {
      if (!which(asked)) continue;
      session.pending.delete(ref);
      session.excused.set(ref, asked);
    }
  }

  #answered(session: Session, ref: string, frame: ServerFrame): void {
    const asked = session.pending.get(ref) ?? session.excused.get(ref);
    session.pending.delete(ref);
    session.excused.delete(ref);
    if (asked === undefined) {
      this.#broken(`a second answer to ${ref}: ${JSON.stringify(frame)}`);
      return;
    }
    const view = this.view(asked.channelId);
    switch (frame.type) {
      case 'error':
        this.#world.note(`${ref} is refused: ${(frame.data as Replies['error']).code}`);
        return;
      case 'channel:joined':
        this.#world.note(`${ref} is in at ${(frame.data as Replies['channel:joined']).seq}`);
        view.joined(frame.data as Replies['channel:joined'], asked.recover, asked.limit);
        return;
      case 'history':
        view.history((frame.data as Replies['history']).events);
        return;
      case 'presence':
        this.presence.set(
          asked.channelId,
          (frame.data as Replies['presence']).members.map(({ id }) => id),
        );
        return;
      case 'ack':
        if (asked.type === 'channel:leave') view.left();
        if (asked.send !== undefined) this.#placed(asked.send, frame.data as { id: string; seq: number });
        return;
      default:
        this.#broken(`answered with ${frame.type}`);
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

  #broken(what: string): void {
    this.#world.broken(`${this.name}: ${what}`);
  }
}
