/**
 * Ports between shards. A request that a gateway brought to the wrong shard is passed on to the owner of its channel,
 * with who sent it; the owner answers through its own port to that gateway.
 */
import type { ConnectionKey } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';

/** What shards tell each other. */
export type MeshMessage =
  | {
      readonly kind: 'request';
      readonly connection: ConnectionKey;
      readonly user: Principal;
      readonly dataMembers: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'detach'; readonly connection: ConnectionKey };

/** One end of the way to another shard. */
export interface MeshPort {
  post(message: MeshMessage): void;
  receive(listener: (message: MeshMessage) => void): void;
  close(): void;
}

/** The ways to all other shards, by index. A shard that is being replaced gets a new port. */
export class Mesh {
  readonly #ports = new Map<number, MeshPort>();
  readonly #received: (message: MeshMessage) => void;

  constructor(received: (message: MeshMessage) => void) {
    this.#received = received;
  }

  /** Opens, or replaces, the way to `shard`. */
  connect(shard: number, port: MeshPort): void {
    this.#ports.get(shard)?.close();
    this.#ports.set(shard, port);
    port.receive(this.#received);
  }

  /** False when there is no way to `shard`. */
  send(shard: number, message: MeshMessage): boolean {
    const port = this.#ports.get(shard);
    port?.post(message);
    return port !== undefined;
  }

  close(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
  }
}
