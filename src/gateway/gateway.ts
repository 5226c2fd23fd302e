/**
 * A gateway: the sockets of its thread, who they belong to, and the ways to all shards. It knows topics and listeners
 * and nothing else of the chat.
 */
import type { AddressLimits } from '../cache/ports.ts';
import { FRAME_POLICY, frameBucket, takeFrame } from '../cache/frame-limiter.ts';
import type { RateLimiter } from '../cache/rate-limiter.ts';
import type { SpecialLimits } from '../cache/special-limits.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import { failure } from '../protocol/errors.ts';
import type { LiveSession } from '../protocol/live-session.ts';
import type { MessageSearch } from '../protocol/message-search.ts';
import { headerLength, writeTextHeader } from '../protocol/websocket-frame.ts';
import type { BatchPort } from '../threads/batch-port.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { Defer } from '../threads/outbox.ts';
import type { Tracer } from '../threads/tracer.ts';
import { Analytics } from './analytics.ts';
import type { GatewayContext } from './command.ts';
import { Connection, type FrameSink, type SocketControl } from './connection.ts';
import { FanOut } from './fan-out.ts';
import { FrameTraces } from './frame-traces.ts';
import { Heartbeat } from './heartbeat.ts';
import type { RequestTable } from './request-table.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { DecisionHooks } from './decision-hooks.ts';
import { Router } from './router.ts';
import type { SanctionActs } from './sanction-acts.ts';
import type { SessionRecorder } from './session-recorder.ts';
import { type Admitted, Sessions, type SessionsOptions } from './sessions.ts';
import { ShardLink } from './shard-link.ts';

/** Frames that may wait while a hello is worked on. */
const EARLY_FRAMES = 32;

/** Counts what passes. */
export interface GatewayRecorder {
  /** A frame came in; its type, or `unknown`. */
  frame(type: string): void;
  /** Frames went out: events to listeners, or answers. */
  sent(kind: 'event' | 'answer', frames: number): void;
  /** A connection ended with this code. */
  closed(code: number): void;
  /** So many connections watch the server's figures. */
  watching(count: number): void;
}

/** Writes structured lines. */
export interface GatewayLogger {
  error(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

/** What a gateway is given. */
export interface GatewayOptions extends Pick<SessionsOptions, 'server' | 'authenticator' | 'directory'> {
  readonly index: number;
  readonly shards: number;
  readonly table: RequestTable;
  readonly sanctions: SanctionActs;
  /** Another program that decides who may connect, join and write; absent: none. */
  readonly decisions?: DecisionHooks | null;
  readonly search: MessageSearch;
  readonly reports: GatewayContext['reports'];
  readonly limiter: RateLimiter;
  /** Limits of roles and channels. */
  readonly special: Pick<SpecialLimits, 'isEmpty' | 'of'>;
  readonly addresses: AddressLimits;
  /** Frames a second of one socket. */
  readonly framesPerSecond: number;
  /** A socket with more than so many bytes unsent is closed with 4201. */
  readonly maxBacklogBytes: number;
  readonly timers: DeadlineTimers & { now(): number };
  readonly defer: Defer;
  /** The share of the time since it was last asked in which the loop of this thread worked. */
  readonly utilization: () => number;
  readonly recorder: GatewayRecorder;
  /** Is told who is connected, and until when. */
  readonly sessionRecorder: Pick<SessionRecorder, 'note'>;
  readonly logger: GatewayLogger;
  /** Records some of the frames; absent: none. */
  readonly tracer?: Tracer | null;
  /** Numbers the connections (u32), each another than its predecessors' of this index; 1, 2, 3 … when absent. */
  readonly nextConnection?: () => number;
}

export class Gateway {
  readonly sessions: Sessions;
  /** Who is told the server's figures. */
  readonly analytics: Analytics;
  readonly #options: GatewayOptions;
  readonly #links: readonly ShardLink[];
  readonly #router: Router;
  readonly #fanOut: FanOut;
  readonly #heartbeat: Heartbeat;
  readonly #traces: FrameTraces | null;
  readonly #connections = new Map<number, Connection>();
  /** Frames of connections whose hello is being worked on. */
  readonly #early = new Map<Connection, Buffer[]>();
  /** Channels that connections named in their URL. */
  readonly #wanted = new Map<Connection, string>();
  readonly #nextId: () => number;
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { timers, recorder, logger } = options;
    this.#nextId = options.nextConnection ?? numbering();
    this.#traces = options.tracer == null ? null : new FrameTraces(options.tracer);
    this.#fanOut = new FanOut(timers, options.utilization, (frames) => {
      recorder.sent('event', frames);
    });
    this.#links = Array.from(
      { length: options.shards },
      (_, index) => new ShardLink(index, this.#linkHost()),
    );
    const send = (connection: Connection, frame: string): void => {
      this.#send(connection, frame);
    };
    this.sessions = new Sessions({
      server: options.server,
      authenticator: options.authenticator,
      directory: options.directory,
      decisions: options.decisions ?? null,
      timers,
      newConnectionId: (connection) => this.#idOf(connection),
      send,
      settled: (connection) => {
        this.#settled(connection);
      },
      attachInbox: (connection, userId) => {
        const link = this.#links[shardOf(`inbox:${userId}`, this.#links.length)];
        link?.attachInbox(connection);
        return link?.isUp ?? false;
      },
      opened: (connection) => {
        this.#record(connection, null);
      },
      changed: (connection) => {
        for (const link of this.#links) if (link.isAttached(connection)) link.attach(connection);
      },
    });
    this.analytics = new Analytics({
      ...{ timers, send },
      watching: (count) => {
        recorder.watching(count);
      },
    });
    this.#router = new Router({
      table: options.table,
      links: this.#links,
      limiter: options.limiter,
      special: options.special,
      decisions: options.decisions ?? null,
      context: {
        sessions: this.sessions,
        sanctions: options.sanctions,
        search: options.search,
        reports: options.reports,
        analytics: this.analytics,
        passOn: (connection, frame) => {
          this.#router.route(connection, Buffer.from(JSON.stringify(frame)));
        },
        resumeInbox: (connection, recover) => {
          this.#router.route(
            connection,
            Buffer.from(JSON.stringify({ type: 'inbox:resume', data: { recover } })),
          );
        },
      },
      recorder,
      traces: this.#traces,
      now: () => timers.now(),
      mono: () => timers.mono(),
      send,
      badInput: ({ id, address, identity }, { code, message }) => {
        logger.info({ connection: id, address, user: identity?.user.id, code, reason: message }, 'bad input');
      },
      failed: (error, type) => {
        logger.error({ err: error, type }, 'a gateway command failed');
      },
    });
    this.#heartbeat = new Heartbeat(timers, () => {
      for (const link of this.#links) link.expireHeld();
      this.#traces?.expire();
      this.sessions.followClock(this.#connections.values());
    });
  }

  /** Open connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Bytes that wait in all sockets. Walks over them. */
  get socketBacklogBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections.values()) bytes += connection.backlog;
    return bytes;
  }

  /** Sockets so far behind that they are sent durable events alone. Walks over them. */
  get slowSockets(): number {
    let slow = 0;
    for (const connection of this.#connections.values()) if (connection.isBehind) slow += 1;
    return slow;
  }

  /** Opens the way to a shard, or to its replacement. */
  connectShard(index: number, port: BatchPort): void {
    this.#links[index]?.connect(port);
  }

  /** The shard died. */
  disconnectShard(index: number): void {
    this.#links[index]?.disconnect();
  }

  /** Shards whose replacement isn't there yet. */
  get shardsDown(): readonly number[] {
    return this.#links.filter((link) => !link.isUp).map((link) => link.index);
  }

  /** Tokens were revoked, or users changed: see {@link Sessions.reconsider}. */
  reconsiderSessions(): void {
    this.sessions.reconsider(this.#connections.values());
  }

  /** Open connections of a user. Walks over all. */
  sessionsOf(userId: string): readonly LiveSession[] {
    return [...this.#connections.values()].flatMap((connection) => {
      const { identity, phase, address, startedAt } = connection;
      if (identity === null || phase !== 'open' || identity.user.id !== userId) return [];
      const { id, name, roles, guest, hidden = false } = identity.user;
      return {
        ...{
          id: this.#idOf(connection),
          user: { id, name },
          roles,
          guest,
          dashboard: hidden,
          address,
          startedAt,
        },
        ...(identity.clientId === undefined ? {} : { clientId: identity.clientId }),
      };
    });
  }

  /** Closes those of a user's connections that have these ids, with 4004; how many there were. */
  endSessions(userId: string, ids: readonly string[]): number {
    const wanted = new Set(ids);
    const ended = [...this.#connections.values()].filter(
      (connection) =>
        connection.phase === 'open' &&
        connection.identity?.user.id === userId &&
        wanted.has(this.#idOf(connection)),
    );
    for (const connection of ended) connection.close(CLOSE_CODES.revoked, 'ended by a moderator');
    return ended.length;
  }

  /** Takes in a socket. `admitted`: who it belongs to is known already; `channelId`: joined at once. */
  accept(
    sink: FrameSink,
    control: SocketControl,
    address: string,
    admitted: Admitted | null,
    channelId: string | null,
  ): Connection {
    const { framesPerSecond, maxBacklogBytes, timers } = this.#options;
    const bucket = frameBucket(framesPerSecond, timers.mono());
    const { round } = this.#heartbeat;
    const id = this.#nextId();
    const connection = new Connection(id, address, sink, control, bucket, round, maxBacklogBytes);
    this.#connections.set(connection.id, connection);
    this.#heartbeat.add(connection);
    if (channelId !== null) this.#wanted.set(connection, channelId);
    if (admitted === null) this.sessions.awaitIdentity(connection);
    else void this.sessions.open(connection, admitted);
    return connection;
  }

  /** A ping or a pong: it counts as a frame and is never refused, but who sends nothing else is closed too. */
  heard(connection: Connection): void {
    connection.heardAt = this.#heartbeat.round;
    const waitMs = takeFrame(connection.frames, this.#options.timers.mono());
    if (waitMs === FRAME_POLICY) connection.close(CLOSE_CODES.policy, 'too many frames');
  }

  /** One whole message. `bytes` is used up when this returns. */
  receive(connection: Connection, bytes: Buffer, isBinary: boolean): void {
    if (connection.phase === 'closed') return;
    connection.heardAt = this.#heartbeat.round;
    const waitMs = takeFrame(connection.frames, this.#options.timers.mono());
    if (waitMs === FRAME_POLICY) {
      connection.close(CLOSE_CODES.policy, 'too many frames');
    } else if (waitMs > 0) {
      this.#router.refuseFrame(connection, bytes, failure('rate_limited', 'too many frames', waitMs));
    } else if (this.#draining) {
      this.#router.refuseFrame(connection, bytes, failure('unavailable', 'the server is going down', 1_000));
    } else if (isBinary) {
      this.#router.refuse(connection, undefined, undefined, failure('bad_request', 'text frames only'));
    } else if (this.sessions.isIdentifying(connection)) {
      this.#keepEarly(connection, bytes);
    } else {
      this.#router.route(connection, bytes);
    }
  }

  /** The socket is closed. */
  closed(connection: Connection, code: number): void {
    if (!this.#connections.delete(connection.id)) return;
    connection.phase = 'closed';
    this.#heartbeat.delete(connection);
    this.sessions.forget(connection);
    this.#early.delete(connection);
    this.#wanted.delete(connection);
    this.analytics.forget(connection);
    for (const link of this.#links) link.detach(connection);
    for (const topic of connection.topics) topic.forget(connection);
    connection.topics.clear();
    this.#options.addresses.close(connection.address);
    const closedWith = connection.closedWith ?? code;
    if (connection.startedAt > 0) this.#record(connection, closedWith);
    this.#options.recorder.closed(closedWith);
  }

  /**
   * Takes no more requests, and resolves when those that were taken are answered and what they led to is written, also
   * those that another program is being asked about; at the latest after `patienceMs`.
   */
  async drain(patienceMs: number): Promise<void> {
    this.#draining = true;
    const { timers } = this.#options;
    await new Promise<void>((resolve) => {
      const giveUp = timers.after(patienceMs, resolve);
      void this.#router
        .decided()
        .then(async () => Promise.all(this.#links.map((link) => link.drain())))
        .then(() => {
          giveUp();
          resolve();
        });
    });
    this.#fanOut.run();
    for (const connection of this.#connections.values()) this.#fanOut.flush(connection.topics);
  }

  /** Tells every client to come back: each with a delay of its own within `spreadMs`. */
  sendAway(spreadMs: number, random: () => number): void {
    for (const connection of this.#connections.values()) {
      connection.close(CLOSE_CODES.draining, String(Math.floor(random() * spreadMs)));
    }
  }

  /** Ends everything without a word to anyone. */
  close(): void {
    this.#heartbeat.close();
    this.#fanOut.close();
    this.analytics.close();
    this.sessions.close();
    for (const connection of this.#connections.values()) connection.terminate();
    for (const link of this.#links) link.close();
  }

  /** Its session began, or ended with `code`. Dashboards are no users of the chat. */
  #record({ id, identity, startedAt }: Connection, code: number | null): void {
    if (identity === null || identity.user.hidden === true) return;
    this.#options.sessionRecorder.note({
      ...{ connection: id, userId: identity.user.id, guest: identity.user.guest },
      ...{ clientId: identity.clientId ?? null, startedAt, code },
      endedAt: code === null ? null : this.#options.timers.now(),
    });
  }

  /** As clients know it. */
  #idOf({ id }: Connection): string {
    return `${this.#options.index}-${id}`;
  }

  #linkHost(): ConstructorParameters<typeof ShardLink>[1] {
    return {
      defer: this.#options.defer,
      mono: () => this.#options.timers.mono(),
      traces: this.#traces,
      connection: (id) => this.#connections.get(id),
      dirty: (topic) => {
        this.#fanOut.dirty(topic);
      },
      inboxState: (connection, data) => {
        this.sessions.inboxState(connection, data);
      },
      beforeEvent: (connection) => {
        this.sessions.welcomeNow(connection);
      },
      direct: (connection, kind) => {
        this.#options.recorder.sent(kind, 1);
        this.#fanOut.direct(connection);
      },
      batchDone: () => {
        this.#fanOut.run();
      },
      refuse: (connection, bytes, problem) => {
        this.#router.refuseFrame(connection, bytes, problem);
      },
    };
  }

  #keepEarly(connection: Connection, bytes: Buffer): void {
    const early = this.#early.get(connection) ?? [];
    if (early.length >= EARLY_FRAMES) {
      this.#router.refuseFrame(connection, bytes, failure('rate_limited', 'wait for welcome', 1_000));
      return;
    }
    early.push(Buffer.from(bytes));
    this.#early.set(connection, early);
  }

  #settled(connection: Connection): void {
    const channelId = this.#wanted.get(connection);
    if (channelId !== undefined && connection.phase === 'open') {
      this.#wanted.delete(connection);
      this.#router.route(connection, Buffer.from(JSON.stringify({ type: 'channel:join', channelId })));
    }
    const early = this.#early.get(connection) ?? [];
    this.#early.delete(connection);
    for (const bytes of early) this.#router.route(connection, bytes);
  }

  /** One frame of the gateway's own, at once, behind what waits. */
  #send(connection: Connection, text: string): void {
    if (connection.phase === 'closed') return;
    const payload = Buffer.byteLength(text);
    const frame = Buffer.allocUnsafe(headerLength(payload) + payload);
    frame.write(text, writeTextHeader(frame, 0, payload));
    this.#options.recorder.sent('answer', 1);
    connection.write(frame);
  }
}

function numbering(): () => number {
  let last = 0;
  return () => (last = (last + 1) >>> 0);
}
