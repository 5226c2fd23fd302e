/** A client connection as a shard knows it. */
import type { ConnectionKey } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import type { BadInputNotes } from '../protocol/errors.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { GatewayPeer } from './gateway-peer.ts';
import type { Inbox } from './inbox.ts';

/** Connections are numbered by their gateway; the key is unique over all of them. */
const KEYS_PER_GATEWAY = 2 ** 32;

/** The process-wide key of a gateway's connection. */
export function connectionKey(gateway: number, connection: number): ConnectionKey {
  return gateway * KEYS_PER_GATEWAY + connection;
}

/** Index of the gateway that a key belongs to. */
export function gatewayOf(key: ConnectionKey): number {
  return Math.floor(key / KEYS_PER_GATEWAY);
}

/** A connection's number at its gateway. */
export function localId(key: ConnectionKey): number {
  return key - connectionKey(gatewayOf(key), 0);
}

/** One connection, from `attach` to `detach`. */
export interface ShardConnection {
  readonly key: ConnectionKey;
  /** Its number at its gateway. */
  readonly id: number;
  readonly peer: GatewayPeer;
  user: Principal;
  /** Channels of this shard that it is in, or whose page it waits for. */
  readonly actors: Set<ChannelActor>;
  /** Its user's inbox, where that is of this shard and it has come to it. */
  inbox: Inbox | null;
  /** While it comes to an inbox that has to be read on first: what it asks of that waits. */
  coming: Promise<void> | null;
  /** Shard of that inbox, when a gateway looked for it here and it is elsewhere. */
  inboxElsewhere: number | null;
  /** Shards that something of this connection was passed on to. */
  forwardedTo: readonly number[];
  readonly badInput: BadInputNotes;
}
