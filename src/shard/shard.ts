/**
 * A shard: the actors of the channels that hash to it, and everything that reaches them.
 *
 * Records of a gateway are worked off in order. While a gateway is too far behind with what it was sent, requests wait
 * here, their credit isn't returned, and the gateways answer `overloaded` by themselves; everything else goes on.
 */
import { missingRequirement } from '../channel/command.ts';
import type { ConnectionKey } from '../channel/effects.ts';
import { exit, linger, restore } from '../channel/presence.ts';
import { type ChannelState, isJoined } from '../channel/state.ts';
import { encodeError } from '../protocol/encode.ts';
import type { User, UserRef } from '../protocol/entities.ts';
import { BadInputNotes, failure, type Failure } from '../protocol/errors.ts';
import type { BatchPort } from '../threads/batch-port.ts';
import { BatchReader } from '../threads/batch-reader.ts';
import { DeadlineQueue } from '../threads/deadline-queue.ts';
import { shardOf } from '../threads/shard-of.ts';
import { readToShard, type ToShard } from '../threads/to-shard.ts';
import { type ActorHost, ChannelActor } from './channel-actor.ts';
import { connectionKey, gatewayOf, type ShardConnection } from './connection.ts';
import { GatewayPeer } from './gateway-peer.ts';
import { Handover } from './handover.ts';
import { Mesh, type MeshMessage, type MeshPort } from './mesh.ts';
import type { LogEntry } from './ports/channel-log.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';
import { type CommandTable, type ParsedRequest, RequestParser } from './request.ts';
import { WriteBatch } from './write-batch.ts';

const HOUSEKEEPING_MS = 5_000;
const DRAIN_POLL_MS = 10;

/** What a shard is: its place among the others, its commands, its bounds. */
export interface ShardOptions {
  readonly index: number;
  readonly shards: number;
  readonly commands: CommandTable;
  readonly bounds: ShardBounds;
  readonly ports: ShardPorts;
}

/** Figures of this moment. */
export interface ShardGauges {
  readonly actors: number;
  readonly connections: number;
  readonly mailboxDepth: number;
  readonly heldEntries: number;
  readonly ringSize: number;
}

export class Shard {
  readonly #options: ShardOptions;
  readonly #parser: RequestParser;
  readonly #peers = new Map<number, GatewayPeer>();
  readonly #connections = new Map<ConnectionKey, ShardConnection>();
  readonly #actors = new Map<string, ChannelActor>();
  readonly #byKey = new Map<string, ChannelActor>();
  readonly #batch: WriteBatch;
  readonly #deadlines: DeadlineQueue<ChannelActor>;
  readonly #mesh: Mesh;
  /** What came over the mesh for connections of a gateway that hasn't handed over yet. */
  readonly #early = new Map<number, MeshMessage[]>();
  readonly #host: ActorHost;
  #stalled: { readonly key: ConnectionKey; readonly peer: GatewayPeer; readonly bytes: Buffer }[] = [];
  #nextTopic = 1;
  #cancelHousekeeping: (() => void) | null = null;
  #closed = false;

  constructor(options: ShardOptions) {
    this.#options = options;
    const { ports, bounds } = options;
    this.#parser = new RequestParser(options.commands);
    this.#batch = new WriteBatch(ports.log, ports, bounds, (entry, outcome) => {
      this.#byKey.get(entry.log)?.settled(entry, outcome);
    });
    this.#deadlines = new DeadlineQueue(ports.timers, (actor) => {
      actor.tick();
    });
    this.#mesh = new Mesh((message) => {
      this.#meshed(message);
    });
    this.#host = {
      ports,
      bounds,
      peers: () => this.#peers.values(),
      peer: (index) => this.#peers.get(index),
      append: (entry: LogEntry) => this.#batch.add(entry),
      left: (connection, actor) => this.#connections.get(connection)?.actors.delete(actor),
      isConnected: (connection) => this.#connections.has(connection),
      deadline: (actor, at) => {
        if (at === null) this.#deadlines.delete(actor);
        else this.#deadlines.set(actor, at);
      },
      failed: (actor) => {
        this.#forget(actor);
      },
    };
    this.#keepHouse();
  }

  /** Opens the way to a gateway; a gateway that was replaced takes its predecessor's place. */
  connectGateway(index: number, port: BatchPort): void {
    this.disconnectGateway(index);
    const peer = new GatewayPeer(index, port, this.#options.ports.defer);
    this.#peers.set(index, peer);
    this.#early.set(index, this.#early.get(index) ?? []);
    const handover = new Handover({
      peer,
      actor: (channelId) => this.#actor(channelId),
      restore: (key, actor) => this.#restore(key, actor),
      linger: (user, actor) => {
        if (actor.state === null) return;
        linger(actor.state, user, actor.context);
        actor.perform([]);
      },
      timers: this.#options.ports.timers,
    });
    const target: ToShard = {
      attach: (id, user) => {
        this.#attach(peer, id, user);
      },
      detach: (id) => {
        this.#detach(connectionKey(index, id));
      },
      request: (id, bytes) => {
        this.#receive(connectionKey(index, id), peer, bytes);
      },
      consumed: (bytes) => {
        peer.consumed(bytes);
      },
      listener: (id, channelId, lastSeq) => {
        const connection = this.#connections.get(connectionKey(index, id));
        if (connection !== undefined) handover.listener(connection, channelId, lastSeq);
      },
      asked: (id, channelId) => {
        handover.asked(id, channelId);
      },
      handover: () => {
        void handover.complete();
        const early = this.#early.get(index) ?? [];
        this.#early.delete(index);
        for (const message of early) this.#meshed(message);
      },
      lastCall: () => {
        void this.#drained().then(() => {
          peer.drained();
        });
      },
    };
    port.receive((batch) => {
      if (this.#peers.get(index) !== peer || this.#closed) return;
      const reader = new BatchReader(batch);
      while (reader.more) readToShard(reader, target);
      peer.workedOff(0, batch.byteLength);
      this.#resume();
    });
  }

  /** A gateway is gone, and all of its connections with it. */
  disconnectGateway(index: number): void {
    const peer = this.#peers.get(index);
    if (peer === undefined) return;
    for (const key of [...this.#connections.keys()]) if (gatewayOf(key) === index) this.#detach(key);
    this.#peers.delete(index);
    this.#early.delete(index);
    peer.close();
  }

  /** Opens the way to another shard. */
  connectShard(index: number, port: MeshPort): void {
    this.#mesh.connect(index, port);
  }

  /** Who is in the channel now. */
  presence(
    channelId: string,
    limit: number,
  ): { readonly members: readonly UserRef[]; readonly count: number } {
    const state = this.#actors.get(channelId)?.state;
    if (state === null || state === undefined) return { members: [], count: 0 };
    const members: UserRef[] = [];
    for (const { user } of state.present.values()) {
      if (members.length >= limit) break;
      members.push(user);
    }
    return { members, count: state.present.size };
  }

  /** REST made the channel's record. */
  channelCreated(channelId: string): void {
    this.#actors.get(channelId)?.created();
  }

  gauges(): ShardGauges {
    let mailboxDepth = this.#stalled.length;
    let ringSize = 0;
    for (const actor of this.#actors.values()) {
      mailboxDepth += actor.depth;
      ringSize += actor.ringSize;
    }
    return {
      actors: this.#actors.size,
      connections: this.#connections.size,
      mailboxDepth,
      heldEntries: this.#batch.depth,
      ringSize,
    };
  }

  /** Resolves when all that was taken in is committed or answered. */
  async #drained(): Promise<void> {
    // A channel that loads, or reads, may bring more to be committed.
    while (this.#stalled.length > 0 || [...this.#actors.values()].some((actor) => actor.isBusy)) {
      await new Promise<void>((resolve) => {
        this.#options.ports.timers.after(DRAIN_POLL_MS, resolve);
      });
    }
    await this.#batch.drained();
  }

  /** Stops at once; what is under way may still land in the log. */
  close(): void {
    this.#closed = true;
    this.#batch.close();
    this.#deadlines.clear();
    this.#cancelHousekeeping?.();
    this.#mesh.close();
    for (const peer of this.#peers.values()) peer.close();
  }

  #attach(peer: GatewayPeer, id: number, user: User): void {
    const key = connectionKey(peer.index, id);
    const known = this.#connections.get(key);
    if (known !== undefined) known.user = user;
    else {
      const [actors, forwardedTo, badInput] = [
        new Set<ChannelActor>(),
        new Set<number>(),
        new BadInputNotes(),
      ];
      this.#connections.set(key, { key, id, peer, user, actors, forwardedTo, badInput });
    }
  }

  #detach(key: ConnectionKey): void {
    const connection = this.#connections.get(key);
    if (connection === undefined) return;
    this.#connections.delete(key);
    for (const actor of connection.actors) {
      actor.forget(key);
      if (actor.state !== null) actor.perform(exit(actor.state, key, 'broken', actor.context));
    }
    for (const shard of connection.forwardedTo) this.#mesh.send(shard, { kind: 'detach', connection: key });
  }

  #receive(key: ConnectionKey, peer: GatewayPeer, bytes: Buffer): void {
    if (this.#stalled.length > 0 || this.#congested()) {
      this.#stalled.push({ key, peer, bytes: Buffer.from(bytes) });
      return;
    }
    peer.workedOff(1, 0);
    const connection = this.#connections.get(key);
    if (connection !== undefined) this.#request(connection, bytes);
  }

  #resume(): void {
    if (this.#stalled.length === 0 || this.#congested()) return;
    const waiting = this.#stalled;
    this.#stalled = [];
    for (const { key, peer, bytes } of waiting) this.#receive(key, peer, bytes);
  }

  #congested(): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.backlog > this.#options.bounds.gatewayBacklog) return true;
    }
    return false;
  }

  #request(connection: ShardConnection, bytes: Buffer): void {
    const request = this.#parser.parse(bytes);
    if ('problem' in request) {
      this.#refuse(connection, request.ref, request.channelId, request.problem);
      return;
    }
    const { index, shards, ports } = this.#options;
    const owner = shardOf(`channel:${request.channelId}`, shards);
    if (owner !== index) {
      this.#forward(owner, connection, request, bytes);
      return;
    }
    ports.recorder.request(request.command.type);
    const actor = this.#actor(request.channelId);
    actor.run((state, problem) => {
      this.#execute(connection, actor, request, state, problem);
    });
  }

  #execute(
    connection: ShardConnection,
    actor: ChannelActor,
    request: ParsedRequest,
    state: ChannelState | null,
    problem: Failure | null,
  ): void {
    if (!this.#connections.has(connection.key)) return;
    if (state === null) {
      const unloaded = problem ?? failure('unavailable', 'the channel can not be loaded right now', 1_000);
      this.#refuse(connection, request.ref, request.channelId, unloaded);
      return;
    }
    const from = { connection: connection.key, user: connection.user };
    const missing = missingRequirement(request.command.requires, state, from, this.#options.ports.policy);
    if (missing !== null) {
      this.#refuse(connection, request.ref, request.channelId, missing);
    } else {
      const waiter = { connection: connection.key, ref: request.ref };
      try {
        const effects = request.command.handle(state, { from, waiter, data: request.data }, actor.context);
        if (request.command.pages && !effects.some(({ kind }) => kind === 'read')) {
          this.#options.ports.recorder.page('ring');
        }
        actor.perform(effects);
      } catch (error) {
        this.#options.ports.logger.error({ err: error, type: request.command.type }, 'a command failed');
        this.#refuse(connection, request.ref, request.channelId, failure('internal', 'this went wrong here'));
      }
    }
    if (isJoined(state, connection.key)) connection.actors.add(actor);
    else connection.actors.delete(actor);
  }

  #refuse(
    connection: ShardConnection,
    ref: string | undefined,
    channelId: string | undefined,
    problem: Failure,
  ): void {
    const { recorder, timers, logger } = this.#options.ports;
    recorder.refused(problem.code);
    if (connection.badInput.isNew(problem)) {
      const { id, user } = connection;
      logger.info(
        { connection: id, user: user.id, code: problem.code, reason: problem.message },
        'bad input',
      );
    }
    connection.peer.send(connection.id, encodeError(problem, ref, channelId, timers.now()));
  }

  #forward(owner: number, connection: ShardConnection, request: ParsedRequest, bytes: Buffer): void {
    const message: MeshMessage = {
      kind: 'request',
      connection: connection.key,
      user: connection.user,
      bytes: new Uint8Array(bytes),
    };
    if (this.#mesh.send(owner, message)) connection.forwardedTo.add(owner);
    else {
      const problem = failure('unavailable', 'the channel is on its way to another thread', 500);
      this.#refuse(connection, request.ref, request.channelId, problem);
    }
  }

  #meshed(message: MeshMessage): void {
    const gateway = gatewayOf(message.connection);
    const peer = this.#peers.get(gateway);
    const early = this.#early.get(gateway);
    if (peer === undefined || early !== undefined) {
      this.#early.set(gateway, [...(early ?? []), message].slice(-this.#options.bounds.mailbox));
      return;
    }
    if (message.kind === 'detach') {
      this.#detach(message.connection);
      return;
    }
    this.#attach(peer, message.connection - connectionKey(peer.index, 0), message.user);
    const connection = this.#connections.get(message.connection);
    if (connection !== undefined) this.#request(connection, Buffer.from(message.bytes));
  }

  #actor(channelId: string): ChannelActor {
    const known = this.#actors.get(channelId);
    if (known !== undefined) return known;
    const actor = new ChannelActor(channelId, this.#nextTopic, this.#host);
    this.#nextTopic += 1;
    this.#actors.set(channelId, actor);
    this.#byKey.set(actor.key, actor);
    void actor.load();
    return actor;
  }

  #restore(key: ConnectionKey, actor: ChannelActor): boolean {
    const connection = this.#connections.get(key);
    const state = actor.state;
    if (connection === undefined || state === null) return false;
    connection.actors.add(actor);
    restore(state, key, connection.user, actor.context);
    return true;
  }

  #forget(actor: ChannelActor): void {
    this.#actors.delete(actor.id);
    this.#byKey.delete(actor.key);
    this.#deadlines.delete(actor);
  }

  #keepHouse(): void {
    const { timers } = this.#options.ports;
    this.#cancelHousekeeping = timers.after(HOUSEKEEPING_MS, () => {
      const now = timers.mono();
      for (const actor of [...this.#actors.values()]) if (actor.isCold(now)) this.#forget(actor);
      this.#boundRings();
      this.#resume();
      this.#keepHouse();
    });
  }

  /** When all rings together are too large, those of the channels that were quiet longest lose their older half. */
  #boundRings(): void {
    let size = 0;
    for (const actor of this.#actors.values()) size += actor.ringSize;
    if (size <= this.#options.bounds.ringsSize) return;
    const quietest = [...this.#actors.values()].sort((a, b) => a.touchedAt - b.touchedAt);
    for (const actor of quietest) {
      if (size <= this.#options.bounds.ringsSize) break;
      const before = actor.ringSize;
      actor.state?.ring.shed();
      size -= before - actor.ringSize;
    }
  }
}
