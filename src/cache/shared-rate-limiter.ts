/** Rate limits in one piece of memory that all gateway threads share (docs/SPEC.md, LIMIT rules). */
import { paceOf, RATE_CLASSES } from './rate-limiter.ts';
import type { Pace, RateClass, RateLimit, RateLimiter, SpecialLimit } from './rate-limiter.ts';

/** Limits until `configure` says otherwise. */
export const DEFAULT_RATE_LIMITS: Readonly<Record<RateClass, RateLimit>> = {
  message: { limit: 20, windowMs: 10_000 },
  whisper: { limit: 20, windowMs: 10_000 },
  signal: { limit: 40, windowMs: 10_000 },
  query: { limit: 100, windowMs: 10_000 },
};

/** A user's slot is one of so many in a row; when others hold them all, the one nearest to its end gives way. */
const PROBES = 16;
/** How often a thread looks again at a slot that another thread is just taking over; that takes some ns. */
const SPINS = 50;

// The header: how often limits changed and the hash's seed, 32 bits each; from byte 16 on, 64 bits a class.
const HEADER_WORDS = 8;
const GENERATION = 0;
const SEED = 1;
const FIRST_LIMIT = 2;
// A slot: one word, its time (µs) above a tag of the hash, then the hash's two halves.
const SLOT_WORDS = 2;
const TAG_BITS = 12n;
const TAG_MASK = 0xfff;
const TAG_MASK_WIDE = BigInt(TAG_MASK);

/**
 * GCRA: of each (class, user) it keeps the time at which all that was taken is paid for, and one more request may come
 * when that is no further off than `limit - 1` requests take.
 *
 * Only a compare-and-exchange of a slot's word, which holds time and owner's tag, takes a request or hands the slot on,
 * so none is counted twice or lost between threads, and a thread that dies half-way leaves a slot that ends by itself.
 * A slot whose time is past says nothing and is free for anyone. Where two threads meet a new user in the instant in
 * which a slot nearer to the front runs out, each may use another slot; that user is then given one request too many.
 */
export class SharedRateLimiter implements RateLimiter {
  /** What other threads attach to. */
  readonly buffer: SharedArrayBuffer;
  readonly #halves: Int32Array<SharedArrayBuffer>;
  readonly #words: BigUint64Array<SharedArrayBuffer>;
  readonly #slots: number;
  readonly #seed: number;
  #generation = 0;
  #paces: Readonly<Record<RateClass, Pace>>;
  // What #find saw in the slot that it chose; here, not in an object, because every request passes it.
  #word = 0n;
  #isOwn = false;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#halves = new Int32Array(buffer);
    this.#words = new BigUint64Array(buffer);
    this.#slots = (this.#words.length - HEADER_WORDS) / SLOT_WORDS;
    this.#seed = Atomics.load(this.#halves, SEED);
    this.#paces = this.#readPaces();
  }

  /**
   * A new table with {@link DEFAULT_RATE_LIMITS}. `slots`: at least twice as many as (class, user) pairs that are
   * active within a window; 16 bytes each. `seed`: a random 32-bit number, so that nobody can aim at another's slot.
   */
  static create(slots: number, seed: number): SharedRateLimiter {
    const words = new BigUint64Array(
      new SharedArrayBuffer((HEADER_WORDS + Math.max(slots, PROBES) * SLOT_WORDS) * 8),
    );
    Atomics.store(new Int32Array(words.buffer), SEED, seed);
    RATE_CLASSES.forEach((rateClass, index) => {
      Atomics.store(words, FIRST_LIMIT + index, packLimit(DEFAULT_RATE_LIMITS[rateClass]));
    });
    return new SharedRateLimiter(words.buffer);
  }

  /** The table of `buffer`, which another thread made. */
  static attach(buffer: SharedArrayBuffer): SharedRateLimiter {
    return new SharedRateLimiter(buffer);
  }

  configure(rateClass: RateClass, limit: RateLimit): void {
    Atomics.store(this.#words, FIRST_LIMIT + RATE_CLASSES.indexOf(rateClass), packLimit(limit));
    Atomics.add(this.#halves, GENERATION, 1);
  }

  take(userId: string, rateClass: RateClass, now: number, special?: SpecialLimit): number {
    const { interval, burst } = special === undefined ? this.pace(rateClass) : special.pace;
    const key = typeof special?.channelId === 'string' ? `${userId}\n${special.channelId}` : userId;
    const micros = Math.round(now * 1_000);
    const salt = this.#seed + RATE_CLASSES.indexOf(rateClass);
    const high = hash(key, salt);
    const low = hash(key, ~salt);
    for (;;) {
      const index = this.#find(high, low, micros);
      const word = this.#word;
      // Further off than a whole burst it can be only by a limit made smaller.
      const paidAt = this.#isOwn ? Math.min(Math.max(timeOf(word), micros), micros + burst) : micros;
      const wait = paidAt + interval - burst - micros;
      if (wait > 0) return Math.ceil(wait / 1_000);
      const next = (BigInt(paidAt + interval) << TAG_BITS) | BigInt(low & TAG_MASK);
      if (Atomics.compareExchange(this.#words, index, word, next) !== word) continue;
      if (!this.#isOwn) this.#writeOwner(index, high, low);
      return 0;
    }
  }

  /** The limit of a class, as it is now. */
  pace(rateClass: RateClass): Pace {
    if (Atomics.load(this.#halves, GENERATION) !== this.#generation) this.#paces = this.#readPaces();
    return this.#paces[rateClass];
  }

  /** The word of the user's slot, else of the one to take over: the first that is free, or the nearest to its end. */
  #find(high: number, low: number, micros: number): number {
    const home = (high >>> 0) % this.#slots;
    let chosen = -1;
    let chosenTime = Infinity;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const index = HEADER_WORDS + ((home + probe) % this.#slots) * SLOT_WORDS;
      const word = Atomics.load(this.#words, index);
      if (isTagged(word, low) && this.#isOwner(index, high, low)) {
        this.#word = word;
        this.#isOwn = true;
        return index;
      }
      // A slot whose time is past can't be better than another such slot in front of it.
      const time = Math.max(timeOf(word), micros);
      if (time < chosenTime) {
        chosen = index;
        chosenTime = time;
        this.#word = word;
      }
    }
    this.#isOwn = false;
    return chosen;
  }

  #isOwner(index: number, high: number, low: number): boolean {
    // The tag fits: either it is ours, or another thread is about to write us in, or (1 in 4,096) it is a stranger's.
    for (let spin = 0; spin < SPINS; spin += 1) {
      if (this.#half(index, 0) === high && this.#half(index, 1) === low) return true;
    }
    return false;
  }

  #half(index: number, half: 0 | 1): number {
    return Atomics.load(this.#halves, (index + 1) * 2 + half);
  }

  #writeOwner(index: number, high: number, low: number): void {
    Atomics.store(this.#halves, (index + 1) * 2, high);
    Atomics.store(this.#halves, (index + 1) * 2 + 1, low);
  }

  #readPaces(): Record<RateClass, Pace> {
    // First the counter: a limit that changes meanwhile raises it again, and the next request looks again.
    this.#generation = Atomics.load(this.#halves, GENERATION);
    const pace = (rateClass: RateClass): Pace => {
      const packed = Atomics.load(this.#words, FIRST_LIMIT + RATE_CLASSES.indexOf(rateClass));
      return paceOf({ limit: Number(packed & 0xffff_ffffn), windowMs: Number(packed >> 32n) });
    };
    return {
      message: pace('message'),
      whisper: pace('whisper'),
      signal: pace('signal'),
      query: pace('query'),
    };
  }
}

/** One word, so that no thread ever reads the limit of one setting with the window of another. */
function packLimit({ limit, windowMs }: RateLimit): bigint {
  return (BigInt(windowMs) << 32n) | BigInt(limit);
}

function timeOf(word: bigint): number {
  return Number(word >> TAG_BITS);
}

function isTagged(word: bigint, low: number): boolean {
  return Number(word & TAG_MASK_WIDE) === (low & TAG_MASK);
}

/** MurmurHash3's mixing over the text's UTF-16 code units, 32 bits, signed. */
function hash(text: string, seed: number): number {
  let mixed = seed | 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    mixed ^= Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
    mixed = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  mixed ^= text.length;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
