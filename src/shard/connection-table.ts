/** The connections that a shard knows of, from `attach` to `detach`, and what follows for the actors that they are with. */
import { renew } from '../channel/access.ts';
import { exit, restore } from '../channel/presence.ts';
import { isJoined } from '../channel/state.ts';
import { inboxLog } from '../inbox/whisper.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import { BadInputNotes } from '../protocol/errors.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ChannelActor } from './channel-actor.ts';
import { connectionKey, gatewayOf, type ShardConnection } from './connection.ts';
import type { GatewayPeer } from './gateway-peer.ts';
import type { InboxTable } from './inbox-table.ts';
import type { MeshMessage } from './mesh.ts';

const NOWHERE: readonly number[] = [];

/** What the table needs of its shard. */
export interface ConnectionHost {
  readonly index: number;
  readonly shards: number;
  readonly inboxes: () => InboxTable;
  /** False when there is no way to that shard. */
  send(shard: number, message: MeshMessage): boolean;
}

export class ConnectionTable {
  readonly #host: ConnectionHost;
  readonly #byKey = new Map<ConnectionKey, ShardConnection>();

  constructor(host: ConnectionHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(key: ConnectionKey): boolean {
    return this.#byKey.has(key);
  }

  get(key: ConnectionKey): ShardConnection | undefined {
    return this.#byKey.get(key);
  }

  /** The connection, number `id` at its gateway, is `user`'s: from now on, or with other rights than before. */
  attach(peer: GatewayPeer, id: number, user: Principal): ShardConnection {
    const key = connectionKey(peer.index, id);
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      this.#renew(known, user);
      return known;
    }
    const [actors, badInput] = [new Set<ChannelActor>(), new BadInputNotes()];
    const connection: ShardConnection = {
      ...{ key, id, peer, user, actors, badInput },
      inbox: null,
      coming: null,
      inboxElsewhere: null,
      forwardedTo: NOWHERE,
    };
    this.#byKey.set(key, connection);
    return connection;
  }

  /** The connection comes to its user's inbox, which a gateway that hashes wrongly may look for here. */
  attachInbox(connection: ShardConnection): void {
    const owner = shardOf(inboxLog(connection.user.id), this.#host.shards);
    if (owner === this.#host.index) {
      this.#host.inboxes().attach(connection);
      return;
    }
    const { key, user } = connection;
    connection.inboxElsewhere = owner;
    this.passOn(owner, connection, { kind: 'attach-inbox', connection: key, user });
  }

  /** The way to `shard` is there, again: who was to come to an inbox there may not have got through. */
  wayBack(shard: number): void {
    for (const connection of this.#byKey.values()) {
      if (connection.inboxElsewhere === shard) this.attachInbox(connection);
    }
  }

  /** Passes something of the connection on to another shard, which is told of its end; false when there is no way there. */
  passOn(shard: number, connection: ShardConnection, message: MeshMessage): boolean {
    if (!this.#host.send(shard, message)) return false;
    if (!connection.forwardedTo.includes(shard)) connection.forwardedTo = [...connection.forwardedTo, shard];
    return true;
  }

  /** Hand-over: puts the connection into the loaded channel, silently; false when either is gone. */
  restore(key: ConnectionKey, actor: ChannelActor): boolean {
    const connection = this.#byKey.get(key);
    const { state } = actor;
    if (connection === undefined || state === null) return false;
    connection.actors.add(actor);
    restore(state, key, connection.user, actor.context);
    return true;
  }

  /** The connection is gone. */
  detach(key: ConnectionKey): void {
    const connection = this.#byKey.get(key);
    if (connection === undefined) return;
    this.#byKey.delete(key);
    this.#host.inboxes().detach(connection);
    for (const actor of connection.actors) {
      actor.topic.unsubscribe(key);
      if (actor.state !== null) actor.perform(exit(actor.state, key, 'broken', actor.context));
    }
    for (const shard of connection.forwardedTo) this.#host.send(shard, { kind: 'detach', connection: key });
  }

  /** A gateway is gone, and all of its connections with it. */
  detachAll(gateway: number): void {
    for (const key of [...this.#byKey.keys()]) if (gatewayOf(key) === gateway) this.detach(key);
  }

  #renew(connection: ShardConnection, user: Principal): void {
    connection.user = user;
    this.#host.inboxes().renew(connection);
    for (const actor of connection.actors) {
      const { state } = actor;
      if (state === null) continue;
      actor.perform(renew(state, connection.key, user, actor.context));
      if (!isJoined(state, connection.key)) connection.actors.delete(actor);
    }
  }
}
