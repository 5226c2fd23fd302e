/** Open sockets of one client address (docs/SPEC.md, LIMIT rules). */
import { networkOf } from '../protocol/network.ts';
import type { AddressLimits } from './ports.ts';

/**
 * Counts open sockets by address. An IPv6 customer has at least a /64 to choose addresses from, so those count as one.
 * It remembers only addresses with an open socket.
 */
export class AddressLimiter implements AddressLimits {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** Lets every address have `most` sockets. */
  constructor(most: number) {
    this.#most = most;
  }

  open(address: string): boolean {
    const network = networkOf(address);
    const count = this.#open.get(network) ?? 0;
    if (count >= this.#most) return false;
    this.#open.set(network, count + 1);
    return true;
  }

  close(address: string): void {
    const network = networkOf(address);
    const count = this.#open.get(network) ?? 0;
    if (count > 1) this.#open.set(network, count - 1);
    else this.#open.delete(network);
  }

  /** How many networks have an open socket. */
  get size(): number {
    return this.#open.size;
  }
}
