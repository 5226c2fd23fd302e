/**
 * Ports between shards. Inboxes tell each other over it; and what a gateway brought to the wrong shard is passed on to the
 * owner of its channel or inbox, with who sent it, and answered through the owner's own port to that gateway.
 * Messages of one tick go out as one, in order. What a shard tells itself takes the same way, without the port.
 */
import type { CommittedEvent } from '../log/committed-event.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import type { Defer } from '../threads/outbox.ts';
import type { FollowMessage } from './channel-followers.ts';
import type { InboxMessage } from './inbox-actor.ts';
import type { FollowedChannel } from './ports/read-mark-store.ts';
import type { CarriedTrace, ShardTraces } from './shard-traces.ts';
import type { SharedChannelsMessage } from './shared-channels.ts';

/** A message of a channel has put something into the log of an inbox. */
export interface InboxMoved {
  readonly kind: 'moved';
  /** Whose inbox. */
  readonly to: string;
  readonly seq: number;
  /** Null: what stands there is to be read. */
  readonly event: CommittedEvent | null;
}

/** To the shard of a user's inbox: an ephemeral frame for all of their connections but `except`. */
export interface UserTold {
  readonly kind: 'tell';
  readonly to: string;
  readonly frame: string;
  readonly except?: ConnectionKey | undefined;
  /** It tells this of a channel that the user hasn't read. */
  readonly marked?: FollowedChannel | undefined;
  /** It tells that the user belongs to this channel from now on. */
  readonly belongsTo?: string | undefined;
}

/** What shards tell each other. */
export type MeshMessage = Message & {
  /** It is done for a request that is recorded; absent: it isn't. */
  readonly trace?: CarriedTrace;
};

type Message =
  | {
      readonly kind: 'request';
      readonly connection: ConnectionKey;
      readonly user: Principal;
      readonly dataMembers: number;
      readonly bytes: Uint8Array;
      /** The slash command that came to this. */
      readonly command?: string;
    }
  | { readonly kind: 'attach-inbox'; readonly connection: ConnectionKey; readonly user: Principal }
  | { readonly kind: 'detach'; readonly connection: ConnectionKey }
  | UserTold
  | InboxMoved
  /** The first thing that is said over a new way: what was said before, to or by a shard that died, may be lost. */
  | { readonly kind: 'look' }
  | InboxMessage
  | FollowMessage
  | SharedChannelsMessage;

/** One end of the way to another shard. */
export interface MeshPort {
  post(messages: readonly MeshMessage[]): void;
  receive(listener: (messages: readonly MeshMessage[]) => void): void;
  close(): void;
}

/** A way out, and what waits for the end of the tick. */
interface Way {
  readonly port: MeshPort;
  waiting: MeshMessage[];
}

/** What a mesh needs of its shard. */
export interface MeshOptions {
  readonly index: number;
  readonly endOfTick: Defer;
  readonly received: (message: MeshMessage) => void;
  readonly traces: ShardTraces | undefined;
}

/** The ways to all other shards, by index. A shard that is being replaced gets a new port. */
export class Mesh {
  readonly #options: MeshOptions;
  readonly #ways = new Map<number, Way>();
  #own: MeshMessage[] = [];
  #closed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  /** Opens, or replaces, the way to `shard`. */
  connect(shard: number, port: MeshPort): void {
    this.#ways.get(shard)?.port.close();
    this.#ways.set(shard, { port, waiting: [] });
    port.receive((messages) => {
      for (const message of messages) if (!this.#closed) this.#options.received(message);
    });
  }

  /** False when there is no way to `shard`. */
  send(shard: number, told: MeshMessage): boolean {
    const trace = this.#options.traces?.carried();
    const message = trace === undefined ? told : { ...told, trace };
    if (shard === this.#options.index) {
      this.#own.push(message);
      if (this.#own.length === 1) queueMicrotask(() => this.#receiveOwn());
      return true;
    }
    const way = this.#ways.get(shard);
    if (way === undefined) return false;
    way.waiting.push(message);
    if (way.waiting.length === 1) {
      this.#options.endOfTick(() => {
        const messages = way.waiting;
        way.waiting = [];
        way.port.post(messages);
      });
    }
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const { port } of this.#ways.values()) port.close();
    this.#ways.clear();
  }

  #receiveOwn(): void {
    const messages = this.#own;
    this.#own = [];
    for (const message of messages) if (!this.#closed) this.#options.received(message);
  }
}
