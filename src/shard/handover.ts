/**
 * What a replacement shard does for one gateway before it is as good as the one that died: loads the channels that
 * have listeners there and the inboxes of who is connected, rebuilds presence silently, publishes what was committed and not yet published, then tells the
 * connections. A channel whose log doesn't answer is tried again until it does; the others are restored meanwhile.
 */
import type { ConnectionKey } from '../log/waiter.ts';
import { encodeReply } from '../protocol/encode.ts';
import type { Principal } from '../protocol/entities.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { ShardConnection } from './connection.ts';
import type { GatewayPeer } from './gateway-peer.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** What a hand-over needs of its shard. */
export interface HandoverHost {
  readonly peer: GatewayPeer;
  /** The channel's actor. */
  actor(channelId: string): ChannelActor;
  /** Puts the connection into the loaded channel, silently; false when the connection is gone. */
  restore(key: ConnectionKey, actor: ChannelActor): boolean;
  /** Tells the connection what it missed of its inbox behind `lastSeq`; null: it was told nothing yet. */
  restoreInbox(connection: ShardConnection, lastSeq: number | null): Promise<void>;
  /** Tells the connection where its inbox stands. */
  tellInbox(connection: ShardConnection): void;
  /** Lets a user whose connection is gone stay in the loaded channel until the grace is over. */
  linger(user: Principal, actor: ChannelActor): void;
  readonly timers: ShardPorts['timers'];
}

interface Listener {
  readonly key: ConnectionKey;
  readonly user: Principal;
}

interface InboxListener {
  readonly connection: ShardConnection;
  readonly lastSeq: number | null;
}

interface Channel {
  readonly listeners: Listener[];
  lastSeq: number;
}

export class Handover {
  readonly #host: HandoverHost;
  #channels = new Map<string, Channel>();
  /** Connection → channels that it is told about. */
  #told = new Map<number, Set<string>>();
  #inboxes: InboxListener[] = [];

  constructor(host: HandoverHost) {
    this.#host = host;
  }

  /** The connection, number `id` at its gateway, listened to the channel when the shard died. */
  listener({ key, id, user }: ShardConnection, channelId: string, lastSeq: number): void {
    const channel = this.#channels.get(channelId) ?? { listeners: [], lastSeq };
    channel.listeners.push({ key, user });
    channel.lastSeq = Math.min(channel.lastSeq, lastSeq);
    this.#channels.set(channelId, channel);
    this.asked(id, channelId);
  }

  /** The connection had come to its user's inbox. */
  inboxListener(connection: ShardConnection, lastSeq: number | null): void {
    this.#inboxes.push({ connection, lastSeq });
    this.#told.set(connection.id, this.#told.get(connection.id) ?? new Set());
  }

  asked(id: number, channelId: string): void {
    const channels = this.#told.get(id) ?? new Set();
    channels.add(channelId);
    this.#told.set(id, channels);
  }

  /** Everything is handed over: restores each channel, then tells each connection once. */
  async complete(): Promise<void> {
    const channels = this.#channels;
    const told = this.#told;
    const inboxes = this.#inboxes;
    this.#channels = new Map();
    this.#told = new Map();
    this.#inboxes = [];
    await Promise.all([
      ...[...channels].map(([id, channel]) => this.#restore(id, channel)),
      ...inboxes.map(({ connection, lastSeq }) => this.#host.restoreInbox(connection, lastSeq)),
    ]);
    const now = this.#host.timers.now();
    const ofInbox = new Set(inboxes.map(({ connection }) => connection.id));
    for (const [id, names] of told) {
      const data = JSON.stringify({ channels: [...names], inbox: ofInbox.has(id) });
      this.#host.peer.sendBehind(id, encodeReply('route:restarted', undefined, undefined, now, data));
    }
    // Receipts that were on their way to the shard before are lost; the marks have them.
    for (const { connection, lastSeq } of inboxes) if (lastSeq !== null) this.#host.tellInbox(connection);
    this.#host.peer.restored();
  }

  async #restore(channelId: string, channel: Channel): Promise<void> {
    const actor = this.#host.actor(channelId);
    await new Promise<void>((resolve) => {
      actor.insist(() => {
        // In one step with what was missed: a join that waits in the mailbox must find nothing left to tell.
        for (const { key, user } of channel.listeners) {
          if (this.#host.restore(key, actor)) actor.topic.adopt(key, channel.lastSeq);
          else this.#host.linger(user, actor);
        }
        const { state } = actor;
        // It was deleted while there was no shard, or just before, and nobody was told.
        if (state !== null && (state.deleted || state.head < channel.lastSeq)) {
          actor.topic.goLive(this.#host.peer);
          actor.dismiss();
        }
        resolve(actor.restore(this.#host.peer, channel.lastSeq));
      });
    });
  }
}
