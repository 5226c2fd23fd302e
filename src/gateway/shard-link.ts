/**
 * A gateway's end of the data plane to one shard.
 *
 * Up: requests go out with the tick's batch, as far as the shard's credit reaches; past it they are answered
 * `overloaded`. Down (the shard died): requests wait within bounds for the replacement. A replacement first gets the
 * hand-over: every attached connection, every listener with the last `seq` published, every inbox with the last `seq` told,
 * every open question.
 */
import type { Principal } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { PRESENCE_GRACE_MS } from '../protocol/limits.ts';
import type { BatchPort } from '../threads/batch-port.ts';
import { BatchReader } from '../threads/batch-reader.ts';
import { type Defer, Outbox, RECEIPT_BYTES } from '../threads/outbox.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import { type FromShard, readFromShard } from '../threads/to-gateway.ts';
import { type ToShard, toShardWriter } from '../threads/to-shard.ts';
import type { Connection } from './connection.ts';
import type { FrameTraces } from './frame-traces.ts';
import { Topic } from './topic.ts';

/** Requests and bytes that a shard may owe. */
const CREDIT_REQUESTS = 20_000;
const CREDIT_BYTES = 16 * 1024 * 1024;
/** What may wait for a replacement: requests, bytes, and ms. */
const HELD_REQUESTS = 5_000;
const HELD_BYTES = 8 * 1024 * 1024;
const HELD_MS = 10_000;
const RETRY_AFTER_MS = 1_000;
/** Channels that a connection may have asked about without being in them, as far as a hand-over tells. */
const ASKED_CHANNELS = 64;

/** What a link needs of its gateway. */
export interface LinkHost {
  readonly defer: Defer;
  readonly mono: () => number;
  /** Null: nothing is recorded. */
  readonly traces: FrameTraces | null;
  connection(id: number): Connection | undefined;
  /** The topic has something to write. */
  dirty(topic: Topic): void;
  /** The connection has something of its own to write. */
  direct(connection: Connection, kind: 'event' | 'answer'): void;
  /** Where the inbox of the connection's user stands: `data` of `inbox:state`. */
  inboxState(connection: Connection, data: string): void;
  /** Something comes for someone who may not have been welcomed yet, which is to be done first. */
  beforeEvent(connection: Connection): void;
  /** A batch was worked off: time to write. */
  batchDone(): void;
  /** A request that waited too long for a replacement. */
  refuse(connection: Connection, bytes: Buffer, problem: Failure): void;
}

/** A connection that ended; what the shard knows of that, its replacement has to be told. */
interface Departed {
  readonly id: number;
  readonly user: Principal;
  /** Channels of this shard that it listened to. */
  readonly channels: readonly string[];
  readonly at: number;
}

interface Held {
  readonly connection: Connection;
  /** Null: it is for the inbox of the connection's user. */
  readonly channelId: string | null;
  readonly dataMembers: number;
  readonly bytes: Buffer;
  /** The frame's span; absent: it isn't recorded. */
  readonly trace: TraceContext | undefined;
  readonly since: number;
}

export class ShardLink {
  readonly index: number;
  readonly #host: LinkHost;
  #outbox: Outbox | null = null;
  #write: ToShard | null = null;
  readonly #attached = new Set<Connection>();
  #topics = new Map<number, Topic>();
  readonly #own = new WeakSet<Topic>();
  /** Topics of a dead shard whose replacement hasn't told `restored`, by channel. */
  #orphans = new Map<string, Topic>();
  /** Connection → channels that it asked about without listening to them. */
  readonly #asked = new Map<Connection, Set<string>>();
  /** Connections that came to their inboxes while the shard was down. */
  readonly #comers = new Set<Connection>();
  /** Those that ended in the last seconds, or while the shard is down. */
  #departed: Departed[] = [];
  #held: Held[] = [];
  #heldBytes = 0;
  #owed = 0;
  #drained: (() => void) | null = null;

  constructor(index: number, host: LinkHost) {
    this.index = index;
    this.#host = host;
  }

  get isUp(): boolean {
    return this.#outbox !== null;
  }

  /** Opens the way to the shard, or to its replacement, and hands over what it needs to know. */
  connect(port: BatchPort): void {
    this.disconnect();
    const outbox = new Outbox(port, this.#host.defer);
    const write = toShardWriter(outbox.batch);
    this.#outbox = outbox;
    this.#write = write;
    this.#owed = 0;
    this.#handOver(write);
    const target = this.#target();
    let workedOff = 0;
    port.receive((batch) => {
      if (this.#outbox !== outbox) return;
      const reader = new BatchReader(batch);
      while (reader.more) readFromShard(reader, target);
      workedOff += batch.byteLength;
      if (workedOff >= RECEIPT_BYTES) {
        write.consumed(workedOff);
        outbox.touched();
        workedOff = 0;
      }
      this.#host.batchDone();
    });
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const { connection, channelId, dataMembers, bytes, trace } of held) {
      if (connection.phase === 'open') this.forward(connection, channelId, dataMembers, bytes, trace);
    }
    outbox.touched();
  }

  /** The shard is gone. */
  disconnect(): void {
    if (this.#outbox === null) return;
    this.#drained?.();
    this.#outbox.close();
    this.#outbox = null;
    this.#write = null;
    for (const topic of this.#topics.values()) {
      // What waits was committed: it goes out now, and `lastSeq` is true for the hand-over.
      topic.flush();
      this.#orphans.set(topic.channelId, topic);
    }
    this.#topics = new Map();
  }

  /** The connection comes to its user's inbox, which is of this shard. */
  attachInbox(connection: Connection): void {
    connection.inboxShard = this.index;
    if (!this.#attached.has(connection)) this.attach(connection);
    if (this.#write === null) this.#comers.add(connection);
    else this.#write.inbox(connection.id);
    this.#outbox?.touched();
  }

  /**
   * Passes a request on that was scanned, or says why not: one to a channel, or (null) to the inbox of the connection's
   * user. `bytes` is copied; `trace`: the span of a frame that is recorded.
   */
  forward(
    connection: Connection,
    channelId: string | null,
    dataMembers: number,
    bytes: Buffer,
    trace?: TraceContext,
  ): Failure | null {
    const write = this.#write;
    const outbox = this.#outbox;
    if (write === null || outbox === null) {
      return this.#hold(connection, channelId, dataMembers, bytes, trace);
    }
    if (this.#owed >= CREDIT_REQUESTS || outbox.backlog >= CREDIT_BYTES) {
      return failure('overloaded', 'the thread that does this is busy', RETRY_AFTER_MS);
    }
    if (!this.#attached.has(connection)) this.attach(connection);
    if (channelId !== null) this.#noteAsked(connection, channelId);
    write.request(connection.id, dataMembers, bytes, trace);
    this.#owed += 1;
    outbox.touched();
    return null;
  }

  /** Tells the shard who the connection belongs to (again). */
  attach(connection: Connection): void {
    const user: Principal | undefined = connection.identity?.user;
    if (user === undefined) return;
    this.#attached.add(connection);
    this.#write?.attach(connection.id, user);
    this.#outbox?.touched();
  }

  isAttached(connection: Connection): boolean {
    return this.#attached.has(connection);
  }

  /** The connection is gone; its topics still say what it listened to. */
  detach(connection: Connection): void {
    this.#asked.delete(connection);
    this.#comers.delete(connection);
    if (!this.#attached.delete(connection)) return;
    const channels = [...connection.topics]
      .filter((topic) => this.#own.has(topic))
      .map((topic) => topic.channelId);
    if (channels.length > 0 && connection.identity !== null) {
      const { user } = connection.identity;
      this.#departed.push({ id: connection.id, user, channels, at: this.#host.mono() });
    }
    this.#write?.detach(connection.id);
    this.#outbox?.touched();
  }

  /** Gives up on requests that have waited too long for a replacement, and forgets whose end was told long ago. */
  expireHeld(): void {
    const graceOver = this.#host.mono() - PRESENCE_GRACE_MS;
    if (this.isUp) this.#departed = this.#departed.filter(({ at }) => at > graceOver);
    const oldest = this.#host.mono() - HELD_MS;
    while (this.#held[0] !== undefined && this.#held[0].since < oldest) {
      const { connection, bytes } = this.#held[0];
      this.#held.shift();
      this.#heldBytes -= bytes.length;
      const problem = failure('unavailable', 'this is being moved to another thread', RETRY_AFTER_MS);
      this.#host.refuse(connection, bytes, problem);
    }
  }

  /** Resolves when the shard has answered all that it was given, and told what came of it; at once while it is down. */
  async drain(): Promise<void> {
    const write = this.#write;
    if (write === null) return;
    write.lastCall();
    this.#outbox?.touched();
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  close(): void {
    this.#drained?.();
    this.#outbox?.close();
    this.#outbox = null;
    this.#write = null;
  }

  #hold(
    connection: Connection,
    channelId: string | null,
    dataMembers: number,
    bytes: Buffer,
    trace: TraceContext | undefined,
  ): Failure | null {
    if (this.#held.length >= HELD_REQUESTS || this.#heldBytes + bytes.length > HELD_BYTES) {
      return failure('overloaded', 'this is being moved to another thread', RETRY_AFTER_MS);
    }
    const since = this.#host.mono();
    this.#held.push({ connection, channelId, dataMembers, bytes: Buffer.from(bytes), trace, since });
    this.#heldBytes += bytes.length;
    return null;
  }

  #handOver(write: ToShard): void {
    for (const connection of this.#attached) {
      if (connection.identity === null) continue;
      write.attach(connection.id, connection.identity.user);
      if (connection.inboxShard === this.index && !this.#comers.has(connection)) {
        write.inboxListener(connection.id, connection.inboxSeq);
      }
    }
    for (const topic of this.#orphans.values()) {
      for (const connection of topic.listeners) write.listener(connection.id, topic.channelId, topic.lastSeq);
    }
    for (const [connection, channels] of this.#asked) {
      for (const channelId of channels) write.asked(connection.id, channelId);
    }
    for (const { id, user, channels } of this.#departed) {
      write.attach(id, user);
      for (const channelId of channels) {
        const topic = this.#orphans.get(channelId);
        if (topic !== undefined) write.listener(id, channelId, topic.lastSeq);
      }
    }
    write.handover();
    for (const connection of this.#comers) write.inbox(connection.id);
    this.#comers.clear();
    for (const { id } of this.#departed) write.detach(id);
  }

  #noteAsked(connection: Connection, channelId: string): void {
    for (const topic of connection.topics) if (topic.channelId === channelId) return;
    let channels = this.#asked.get(connection);
    if (channels === undefined) {
      channels = new Set();
      this.#asked.set(connection, channels);
    }
    channels.add(channelId);
    const [oldest] = channels;
    if (channels.size > ASKED_CHANNELS && oldest !== undefined) channels.delete(oldest);
  }

  #target(): FromShard {
    return {
      topic: (number, channelId, head) => {
        const topic = new Topic(channelId, head);
        this.#own.add(topic);
        this.#topics.set(number, topic);
        this.#orphans.delete(channelId);
      },
      subscribe: (number, id) => {
        this.#subscribe(number, id);
      },
      unsubscribe: (number, id) => {
        const topic = this.#topics.get(number);
        const connection = this.#host.connection(id);
        if (topic === undefined || connection === undefined) return;
        topic.unsubscribe(connection);
        connection.topics.delete(topic);
        // What it asked for while it listened may still be unanswered.
        this.#noteAsked(connection, topic.channelId);
      },
      publish: (number, seq, frame) => {
        const topic = this.#topics.get(number);
        if (topic === undefined) return;
        topic.publish(seq, frame);
        this.#host.dirty(topic);
      },
      publishApart: (number, seq, frame, apart) => {
        const topic = this.#topics.get(number);
        if (topic === undefined) return;
        topic.publish(seq, frame, apart);
        this.#host.dirty(topic);
      },
      broadcast: (number, frame, except, patienceMs) => {
        const topic = this.#topics.get(number);
        if (topic === undefined) return;
        topic.broadcast(frame, except, this.#host.mono() + patienceMs);
        this.#host.dirty(topic);
      },
      send: (id, frame) => {
        const connection = this.#host.connection(id);
        if (connection === undefined) return;
        if (!connection.isOpen) this.#host.beforeEvent(connection);
        connection.queue(frame);
        this.#host.direct(connection, 'answer');
      },
      inboxState: (id, seq, data) => {
        const connection = this.#known(id);
        if (connection === null) return;
        // Where it was looked for and where it is may be two shards.
        connection.inboxShard = this.index;
        connection.inboxSeq = Math.max(connection.inboxSeq ?? 0, seq);
        this.#host.inboxState(connection, data);
      },
      inboxEvent: (id, seq, frame) => {
        const connection = this.#host.connection(id);
        if (connection === undefined || seq <= (connection.inboxSeq ?? 0)) return;
        connection.inboxSeq = seq;
        this.#host.beforeEvent(connection);
        connection.queue(frame);
        this.#host.direct(connection, 'event');
      },
      inboxSeen: (id, seq) => {
        const connection = this.#host.connection(id);
        if (connection !== undefined) connection.inboxSeq = Math.max(connection.inboxSeq ?? 0, seq);
      },
      sendBehind: (id, frame) => {
        const connection = this.#host.connection(id);
        if (connection === undefined) return;
        if (!connection.isOpen) this.#host.beforeEvent(connection);
        for (const topic of connection.topics) topic.flushDurable();
        connection.queue(frame);
        this.#host.direct(connection, 'answer');
      },
      recorded: (number, trace) => {
        const topic = this.#topics.get(number);
        const span = this.#host.traces?.fanOut(trace, topic?.channelId ?? '');
        if (span !== undefined) topic?.record(span);
      },
      delivered: (id, trace) => {
        this.#host.traces?.delivered(trace, this.#host.connection(id));
      },
      answered: (id, spanId, problem) => {
        this.#host.traces?.answered(spanId, problem === '' ? null : problem, this.#host.connection(id));
      },
      consumed: (requests, bytes) => {
        this.#owed -= requests;
        this.#outbox?.consumed(bytes);
      },
      dropTopic: (number) => {
        this.#topics.get(number)?.flush();
        this.#topics.delete(number);
      },
      restored: () => {
        this.#orphans = new Map();
      },
      drained: () => {
        this.#drained?.();
      },
    };
  }

  #subscribe(number: number, id: number): void {
    const topic = this.#topics.get(number);
    if (topic === undefined) return;
    const connection = this.#known(id);
    if (connection === null) return;
    for (const old of connection.topics) if (old.channelId === topic.channelId) connection.topics.delete(old);
    topic.subscribe(connection);
    connection.topics.add(topic);
    const asked = this.#asked.get(connection);
    if (asked?.delete(topic.channelId) === true && asked.size === 0) this.#asked.delete(connection);
  }

  /** The connection, which this shard hears of from now on; null when it is gone. */
  #known(id: number): Connection | null {
    const connection = this.#host.connection(id);
    if (connection === undefined) {
      // It went while its request was passed on between shards, so this shard may not have heard of its end.
      this.#write?.detach(id);
      this.#outbox?.touched();
      return null;
    }
    // Its request may have come over another shard: this one has to hear of its end all the same.
    if (!this.#attached.has(connection)) this.attach(connection);
    return connection;
  }
}
