/** Open sockets of one client address (docs/SPEC.md, LIMIT rules). */
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

/** The first four groups of an IPv6 address; any other text as it is. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail].slice(0, 4).join(':');
}
