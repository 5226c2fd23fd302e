/** Open sockets by address in one piece of memory that all gateway threads share (docs/SPEC.md, LIMIT rules). */
import { isIPv4 } from 'node:net';
import { networkOf } from '../protocol/network.ts';
import type { AddressLimits } from './ports.ts';

// The header: the lock (0, or the thread that holds it), how many nodes were ever used, the first free node, the seed.
const LOCK = 0;
const USED = 1;
const FREE = 2;
const SEED = 3;
const HEADER = 4;
/** Chains of nodes, by hash; a power of two. */
const CHAINS = 16_384;
// A node: the network (its kind and 64 bits), the thread whose sockets it counts, how many, the chain's next node.
const KIND = 0;
const HIGH = 1;
const LOW = 2;
const THREAD = 3;
const COUNT = 4;
const NEXT = 5;
const NODE = 6;
const FIRST_NODE = HEADER + CHAINS;
/** (network, thread) pairs with an open socket: as many as a host has file descriptors. Untouched ones cost nothing. */
const NODES = 1_048_576;
const NONE = 0;
/** Attempts for the lock before a thread sleeps between them; whoever holds it needs about a microsecond. */
const SPINS = 2_000;
const SLEEP_MS = 1;
/** Holds the lock while it forgets. */
const MAIN = -1;

interface Network {
  readonly kind: number;
  readonly high: number;
  readonly low: number;
}

/**
 * Counts open sockets by address over all gateways of the process, exactly: looking and counting happen under one lock.
 *
 * A thread may be ended at any point, also under the lock. So every change becomes true by the write of one word (a
 * node's count, or the link that puts a node into its chain or takes it out), and nothing is ever half changed. What a
 * dead thread can leave behind is the lock, and a node that is in no chain; {@link SharedAddressLimiter.forget} takes
 * both back with all that it had counted.
 */
export class SharedAddressLimiter implements AddressLimits {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #thread: number;
  readonly #most: number;

  /**
   * @param memory of {@link SharedAddressLimiter.memory}
   * @param thread 1 … 2³¹ − 1, another one for every thread that ever uses the table
   * @param most sockets that an address may have
   */
  constructor(memory: SharedArrayBuffer, thread: number, most: number) {
    this.#words = new Int32Array(memory);
    this.#thread = thread;
    this.#most = most;
  }

  /** Memory for a table without entries. `seed`: a random 32-bit number, so that nobody can fill one chain. */
  static memory(seed: number): SharedArrayBuffer {
    const words = new Int32Array(
      new SharedArrayBuffer((FIRST_NODE + NODES * NODE) * Int32Array.BYTES_PER_ELEMENT),
    );
    words[SEED] = seed;
    return words.buffer;
  }

  /**
   * Takes back what a thread that ended had counted. False when another thread has the lock just now, or died with it:
   * to be tried again a little later. For the thread that watches the others.
   */
  static forget(memory: SharedArrayBuffer, thread: number): boolean {
    const table = new SharedAddressLimiter(memory, MAIN, 0);
    Atomics.compareExchange(table.#words, LOCK, thread, NONE);
    if (!table.#tryLock()) return false;
    table.#sweep(thread);
    table.#unlock();
    return true;
  }

  open(address: string): boolean {
    const network = parseNetwork(address);
    this.#lock();
    const opened = this.#count(network);
    this.#unlock();
    return opened;
  }

  close(address: string): void {
    const network = parseNetwork(address);
    this.#lock();
    this.#discount(network);
    this.#unlock();
  }

  /** How many networks have an open socket. Walks over the whole table. */
  get size(): number {
    const networks = new Set<string>();
    this.#lock();
    this.#eachNode((node) => {
      networks.add([KIND, HIGH, LOW].map((field) => this.#at(node + field)).join(' '));
    });
    this.#unlock();
    return networks.size;
  }

  #count(network: Network): boolean {
    const chain = chainOf(network, this.#at(SEED));
    let open = 0;
    let own = NONE;
    for (let node = this.#at(chain); node !== NONE; node = this.#at(node + NEXT)) {
      if (!this.#isOf(node, network)) continue;
      open += this.#at(node + COUNT);
      if (this.#at(node + THREAD) === this.#thread) own = node;
    }
    if (open >= this.#most) return false;
    if (own !== NONE) {
      this.#words[own + COUNT] = this.#at(own + COUNT) + 1;
      return true;
    }
    const node = this.#allocate();
    if (node === NONE) return false;
    const fields = [network.kind, network.high, network.low, this.#thread, 1, this.#at(chain)];
    this.#words.set(fields, node);
    this.#words[chain] = node;
    return true;
  }

  #discount(network: Network): void {
    let link = chainOf(network, this.#at(SEED));
    for (let node = this.#at(link); node !== NONE; link = node + NEXT, node = this.#at(link)) {
      if (this.#at(node + THREAD) !== this.#thread || !this.#isOf(node, network)) continue;
      const count = this.#at(node + COUNT);
      if (count > 1) {
        this.#words[node + COUNT] = count - 1;
      } else {
        this.#words[link] = this.#at(node + NEXT);
        this.#free(node);
      }
      return;
    }
  }

  #sweep(thread: number): void {
    const inChains = new Set<number>();
    for (let chain = HEADER; chain < FIRST_NODE; chain += 1) {
      let link = chain;
      for (let node = this.#at(link); node !== NONE; node = this.#at(link)) {
        if (this.#at(node + THREAD) === thread) {
          this.#words[link] = this.#at(node + NEXT);
        } else {
          inChains.add(node);
          link = node + NEXT;
        }
      }
    }
    // Anew, for the dead thread may have been between a chain and the list of free nodes.
    this.#words[FREE] = NONE;
    for (let index = 0; index < this.#at(USED); index += 1) {
      const node = FIRST_NODE + index * NODE;
      if (!inChains.has(node)) this.#free(node);
    }
  }

  #eachNode(visit: (node: number) => void): void {
    for (let chain = HEADER; chain < FIRST_NODE; chain += 1) {
      for (let node = this.#at(chain); node !== NONE; node = this.#at(node + NEXT)) visit(node);
    }
  }

  #allocate(): number {
    const free = this.#at(FREE);
    if (free !== NONE) {
      this.#words[FREE] = this.#at(free + NEXT);
      return free;
    }
    const used = this.#at(USED);
    if (used >= NODES) return NONE;
    this.#words[USED] = used + 1;
    return FIRST_NODE + used * NODE;
  }

  #free(node: number): void {
    this.#words[node + NEXT] = this.#at(FREE);
    this.#words[FREE] = node;
  }

  #isOf(node: number, { kind, high, low }: Network): boolean {
    return this.#at(node + HIGH) === high && this.#at(node + LOW) === low && this.#at(node + KIND) === kind;
  }

  #at(index: number): number {
    return this.#words[index] ?? NONE;
  }

  #tryLock(): boolean {
    for (let spin = 0; spin < SPINS; spin += 1) {
      if (Atomics.compareExchange(this.#words, LOCK, NONE, this.#thread) === NONE) return true;
    }
    return false;
  }

  #lock(): void {
    // Nobody is woken: whoever waits for longer than the spins take waits for a thread that isn't running, or is dead.
    while (!this.#tryLock()) Atomics.wait(this.#words, LOCK, Atomics.load(this.#words, LOCK), SLEEP_MS);
  }

  #unlock(): void {
    Atomics.store(this.#words, LOCK, NONE);
  }
}

/** What is no address counts as one network of its own. */
function parseNetwork(address: string): Network {
  if (isIPv4(address)) {
    const low = address.split('.').reduce((bits, part) => (bits << 8) | Number(part), 0);
    return { kind: 4, high: 0, low };
  }
  const groups = networkOf(address)
    .split(':')
    .map((group) => Number.parseInt(group, 16));
  const [a = 0, b = 0, c = 0, d = 0] = groups;
  if (groups.length !== 4 || groups.some(Number.isNaN)) return { kind: 0, high: 0, low: 0 };
  return { kind: 6, high: (a << 16) | b, low: (c << 16) | d };
}

/** Index of the chain's first link, by MurmurHash3 of the network. */
function chainOf({ kind, high, low }: Network, seed: number): number {
  let hash = seed;
  for (const word of [kind, high, low]) {
    const mixed = Math.imul(word, 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return HEADER + ((hash ^ (hash >>> 16)) & (CHAINS - 1));
}
