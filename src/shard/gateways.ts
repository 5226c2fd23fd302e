/**
 * The gateways of a shard: the ways to them, what comes from their connections, and the hand-over to a gateway that is new here.
 *
 * Records of a gateway are worked off in order. While a gateway is too far behind with what it was sent, requests wait
 * here, their credit isn't returned, and the gateways answer `overloaded` by themselves; everything else goes on.
 */
import { linger } from '../channel/presence.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import type { BatchPort } from '../threads/batch-port.ts';
import { BatchReader } from '../threads/batch-reader.ts';
import { readToShard, type ToShard } from '../threads/to-shard.ts';
import type { ActorTable } from './actor-table.ts';
import { connectionKey, gatewayOf, localId, type ShardConnection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import type { Dispatcher } from './dispatcher.ts';
import { GatewayPeer } from './gateway-peer.ts';
import { Handover } from './handover.ts';
import type { InboxTable } from './inbox-table.ts';
import type { MeshMessage } from './mesh.ts';
import type { ShardBounds, ShardPorts } from './ports/shard-ports.ts';

/** What they need of their shard. */
export interface GatewaysHost {
  readonly ports: Pick<ShardPorts, 'defer' | 'timers' | 'traces'>;
  readonly bounds: Pick<ShardBounds, 'gatewayBacklog' | 'mailbox'>;
  readonly actors: Pick<ActorTable, 'touch'>;
  readonly inboxes: Pick<InboxTable, 'attach' | 'restore' | 'tellState'>;
  readonly connections: ConnectionTable;
  readonly dispatcher: Dispatcher;
  /** Resolves when all that was taken in is committed or answered. */
  drained(): Promise<void>;
}

/** What another shard passes on of a connection. */
type PassedOn = Extract<MeshMessage, { readonly kind: 'request' | 'attach-inbox' | 'detach' }>;

/** A request that waits for a gateway to catch up. */
interface Stalled {
  readonly key: ConnectionKey;
  readonly peer: GatewayPeer;
  readonly dataMembers: number;
  readonly bytes: Buffer;
  /** Absent: it isn't recorded. */
  readonly trace: TraceContext | undefined;
}

export class Gateways {
  readonly #host: GatewaysHost;
  readonly #peers = new Map<number, GatewayPeer>();
  /** What came over the mesh for connections of a gateway that hasn't handed over yet. */
  readonly #early = new Map<number, PassedOn[]>();
  #stalled: Stalled[] = [];
  #closed = false;

  constructor(host: GatewaysHost) {
    this.#host = host;
  }

  /** Those to whom there is a way. */
  peers(): Iterable<GatewayPeer> {
    return this.#peers.values();
  }

  peer(index: number): GatewayPeer | undefined {
    return this.#peers.get(index);
  }

  /** Requests that wait for a gateway to catch up. */
  get stalled(): number {
    return this.#stalled.length;
  }

  /** Opens the way to a gateway; a gateway that was replaced takes its predecessor's place. */
  connect(index: number, port: BatchPort): void {
    const { ports, actors, connections, inboxes } = this.#host;
    this.#drop(index);
    const peer = new GatewayPeer(index, port, ports.defer, ports.traces);
    this.#peers.set(index, peer);
    this.#early.set(index, this.#early.get(index) ?? []);
    const handover = new Handover({
      peer,
      actor: (channelId) => actors.touch(channelId),
      restore: (key, actor) => connections.restore(key, actor),
      linger: (user, actor) => {
        if (actor.state === null) return;
        linger(actor.state, user, actor.context);
        actor.perform([]);
      },
      restoreInbox: async (connection, lastSeq) => {
        if (lastSeq === null) connections.attachInbox(connection);
        else await inboxes.restore(connection, lastSeq);
      },
      tellInbox: (connection) => {
        if (connections.has(connection.key)) inboxes.tellState(connection);
      },
      timers: ports.timers,
    });
    const target: ToShard = {
      attach: (id, user) => {
        connections.attach(peer, id, user);
      },
      detach: (id) => {
        connections.detach(connectionKey(index, id));
      },
      request: (id, dataMembers, bytes, trace) => {
        this.#receive(connectionKey(index, id), peer, dataMembers, bytes, trace);
      },
      consumed: (bytes) => {
        peer.consumed(bytes);
      },
      listener: (id, channelId, lastSeq) => {
        const connection = connections.get(connectionKey(index, id));
        if (connection !== undefined) handover.listener(connection, channelId, lastSeq);
      },
      inbox: (id) => {
        const connection = connections.get(connectionKey(index, id));
        if (connection !== undefined) connections.attachInbox(connection);
      },
      inboxListener: (id, lastSeq) => {
        const connection = connections.get(connectionKey(index, id));
        if (connection !== undefined) handover.inboxListener(connection, lastSeq);
      },
      asked: (id, channelId) => {
        handover.asked(id, channelId);
      },
      handover: () => {
        void handover.complete();
        const early = this.#early.get(index) ?? [];
        this.#early.delete(index);
        for (const message of early) this.passedOn(message);
      },
      lastCall: () => {
        void this.#host.drained().then(() => {
          peer.drained();
        });
      },
    };
    port.receive((batch) => {
      if (this.#peers.get(index) !== peer || this.#closed) return;
      const reader = new BatchReader(batch);
      while (reader.more) readToShard(reader, target);
      peer.workedOff(0, batch.byteLength);
      this.resume();
    });
  }

  /** A gateway is gone, and all of its connections with it. */
  disconnect(index: number): void {
    this.#drop(index);
    this.#early.delete(index);
    // It may have been the one that was behind.
    this.resume();
  }

  /** Goes on with what waits, unless a gateway is still too far behind. */
  resume(): void {
    if (this.#stalled.length === 0 || this.#congested()) return;
    const waiting = this.#stalled;
    this.#stalled = [];
    for (const { key, peer, dataMembers, bytes, trace } of waiting) {
      this.#receive(key, peer, dataMembers, bytes, trace);
    }
  }

  /** Another shard passes on what came for a connection of a gateway. */
  passedOn(message: PassedOn): void {
    const gateway = gatewayOf(message.connection);
    const peer = this.#peers.get(gateway);
    const early = this.#early.get(gateway);
    if (peer === undefined || early !== undefined) {
      this.#early.set(gateway, [...(early ?? []), message].slice(-this.#host.bounds.mailbox));
      return;
    }
    if (message.kind === 'detach') {
      this.#host.connections.detach(message.connection);
      return;
    }
    const connection = this.#host.connections.attach(peer, localId(message.connection), message.user);
    if (message.kind === 'attach-inbox') this.#host.inboxes.attach(connection);
    else
      this.#host.dispatcher.dispatch(
        connection,
        message.dataMembers,
        Buffer.from(message.bytes),
        message.command,
      );
  }

  /** Closes the ways. */
  close(): void {
    this.#closed = true;
    for (const peer of this.#peers.values()) peer.close();
  }

  #drop(index: number): void {
    const peer = this.#peers.get(index);
    if (peer === undefined) return;
    this.#host.connections.detachAll(index);
    this.#peers.delete(index);
    this.#early.delete(index);
    peer.close();
  }

  #receive(
    key: ConnectionKey,
    peer: GatewayPeer,
    dataMembers: number,
    bytes: Buffer,
    trace: TraceContext | undefined,
  ): void {
    if (this.#stalled.length > 0 || this.#congested()) {
      this.#stalled.push({ key, peer, dataMembers, bytes: Buffer.from(bytes), trace });
      return;
    }
    peer.workedOff(1, 0);
    const connection = this.#host.connections.get(key);
    if (connection === undefined) return;
    if (trace === undefined) this.#host.dispatcher.dispatch(connection, dataMembers, bytes);
    else this.#dispatchRecorded(connection, dataMembers, bytes, trace);
  }

  /** Apart: what a closure takes along is made anew with each call of the function that it stands in, run or not. */
  #dispatchRecorded(
    connection: ShardConnection,
    dataMembers: number,
    bytes: Buffer,
    trace: TraceContext,
  ): void {
    const dispatch = (): void => {
      this.#host.dispatcher.dispatch(connection, dataMembers, bytes);
    };
    const { traces } = this.#host.ports;
    if (traces === undefined) dispatch();
    else traces.request(trace, connection.key, dispatch);
  }

  #congested(): boolean {
    for (const peer of this.#peers.values()) {
      if (peer.backlog > this.#host.bounds.gatewayBacklog) return true;
    }
    return false;
  }
}
