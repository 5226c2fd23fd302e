/** A channel's topic over all gateways: who listens where, and the ways to them. */
import type { Effect } from '../channel/effects.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { gatewayOf, localId } from './connection.ts';
import type { ApartFrame } from '../threads/to-gateway.ts';
import type { GatewayPeer } from './gateway-peer.ts';

/** The gateways of the shard. */
export interface Peers {
  all(): Iterable<GatewayPeer>;
  at(gateway: number): GatewayPeer | undefined;
}

type Publication = Omit<Extract<Effect, { kind: 'publish' }>, 'kind'>;

export class ChannelTopic {
  readonly #channelId: string;
  /** Its number at every gateway. */
  readonly #topic: number;
  readonly #peers: Peers;
  /** Connections that their gateway counts as listeners. */
  readonly #listeners = new Set<ConnectionKey>();
  readonly #onListens: (connection: ConnectionKey, isListening: boolean) => void;

  /** `onListens` hears who listens from now on, and who no longer. */
  constructor(
    channelId: string,
    topic: number,
    peers: Peers,
    onListens: (connection: ConnectionKey, isListening: boolean) => void,
  ) {
    this.#channelId = channelId;
    this.#topic = topic;
    this.#peers = peers;
    this.#onListens = onListens;
  }

  /** Connections that listen. */
  get listeners(): ReadonlySet<ConnectionKey> {
    return this.#listeners;
  }

  /** One frame to one connection. */
  send(to: ConnectionKey, frame: string): void {
    this.#peers.at(gatewayOf(to))?.send(localId(to), frame);
  }

  /** A durable event to everyone, to those `apart` with a frame of their own. */
  publish({ seq, frame, apart }: Publication): void {
    for (const peer of this.#peers.all()) peer.publish(this.#topic, seq, frame, apartAt(peer, apart));
  }

  /** An ephemeral event to everyone but `except`, within `patienceMs`. */
  broadcast(frame: string, except: readonly ConnectionKey[], patienceMs: number): void {
    for (const peer of this.#peers.all()) {
      const here = except.filter((key) => gatewayOf(key) === peer.index).map(localId);
      peer.broadcast(this.#topic, frame, here, patienceMs);
    }
  }

  /** The connection listens from `head` + 1 on; again when it did already. */
  subscribe(connection: ConnectionKey, head: number): void {
    const peer = this.#peers.at(gatewayOf(connection));
    if (peer === undefined) return;
    const again = this.#listeners.has(connection);
    this.#listeners.add(connection);
    peer.subscribe(this.#topic, this.#channelId, head, localId(connection), again);
    if (!again) this.#onListens(connection, true);
  }

  /** The connection listens no more; its gateway may have forgotten it already, and the counts are kept even. */
  unsubscribe(connection: ConnectionKey): void {
    if (!this.#listeners.delete(connection)) return;
    this.#peers.at(gatewayOf(connection))?.unsubscribe(this.#topic, localId(connection));
    this.#onListens(connection, false);
  }

  /** Hand-over: the gateway counts the connection as a listener already, and published up to `lastSeq`. */
  adopt(connection: ConnectionKey, lastSeq: number): void {
    this.#listeners.add(connection);
    this.#peers.at(gatewayOf(connection))?.adopt(this.#topic, this.#channelId, lastSeq, localId(connection));
    this.#onListens(connection, true);
  }

  /** Hand-over: an event that `peer` missed. */
  tell(peer: GatewayPeer, { seq, frame, apart }: Publication): void {
    peer.publish(this.#topic, seq, frame, apartAt(peer, apart), true);
  }

  /** Hand-over: `peer` has everything; live events follow. */
  goLive(peer: GatewayPeer): void {
    peer.goLive(this.#topic);
  }
}

/** Those of the peer's connections that get another frame, by their numbers there. */
function apartAt(peer: GatewayPeer, apart: Publication['apart']): readonly ApartFrame[] | undefined {
  return apart?.flatMap(({ frame, to }) => {
    const here = to.filter((key) => gatewayOf(key) === peer.index).map(localId);
    return here.length === 0 ? [] : [{ frame, to: here }];
  });
}
