/**
 * Rates of users over all servers of a Valkey. A request is decided here and at once, by what this process counts and what
 * Valkey told last; what was let through is told to Valkey a few ms later, for many users in one round trip, and its answer
 * says what others let through meanwhile. Who gets more that way, by asking several servers in the same instant, owes it: they
 * wait until it is paid for, so that in the long run nobody gets more than the limit.
 *
 * While Valkey is away each server counts by itself.
 */
import type { Pace, RateClass, RateLimit, RateLimiter, SpecialLimit } from '../rate-limiter.ts';
import type { TakenRequests } from './rate-script.ts';

/** What was taken is told after so many ms. */
const TELL_MS = 20;
/** Users of whom nothing is owed are forgotten about so often. */
const TIDY_MS = 10_000;

/** What it needs. */
export interface NodeRateLimiterOptions {
  /** Counts for this process. */
  readonly local: RateLimiter & { pace(rateClass: RateClass): Pace };
  /** What is owed with these, µs, in their order; null when nobody answers. Never rejects. */
  readonly take: (taken: readonly TakenRequests[]) => Promise<readonly number[] | null>;
  readonly timers: {
    /** Ms; the clock that requests come with. */
    mono(): number;
    after(delayMs: number, callback: () => void): () => void;
  };
}

/** What a user owes everywhere, as far as it is known here. */
interface Debt {
  readonly key: string;
  readonly interval: number;
  readonly burst: number;
  /** When it will be paid, µs. */
  paidAt: number;
  /** Requests that Valkey wasn't told of. */
  untold: number;
}

export class NodeRateLimiter implements RateLimiter {
  readonly #options: NodeRateLimiterOptions;
  readonly #debts = new Map<string, Debt>();
  #untold: Debt[] = [];
  #telling: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  #tidiedAt: number;
  #closed = false;

  constructor(options: NodeRateLimiterOptions) {
    this.#options = options;
    this.#tidiedAt = options.timers.mono();
  }

  /** Users, by class, who are remembered. */
  get size(): number {
    return this.#debts.size;
  }

  configure(rateClass: RateClass, limit: RateLimit): void {
    this.#options.local.configure(rateClass, limit);
  }

  take(userId: string, rateClass: RateClass, now: number, special?: SpecialLimit): number {
    const { local } = this.#options;
    const { interval, burst } = special?.pace ?? local.pace(rateClass);
    const who = typeof special?.channelId === 'string' ? `${userId}\n${special.channelId}` : userId;
    const key = `${rateClass}:${who}`;
    const micros = Math.round(now * 1_000);
    const known = this.#debts.get(key);
    const isSame = known !== undefined && known.interval === interval && known.burst === burst;
    if (isSame) {
      const wait = known.paidAt + interval - burst - micros;
      if (wait > 0) return Math.ceil(wait / 1_000);
    }
    const wait = local.take(userId, rateClass, now, special);
    if (wait > 0) return wait;
    const debt = isSame ? known : { key, interval, burst, paidAt: micros, untold: 0 };
    if (!isSame) this.#debts.set(key, debt);
    debt.paidAt = Math.max(debt.paidAt, micros) + interval;
    debt.untold += 1;
    if (debt.untold === 1) this.#tellOf(debt);
    return 0;
  }

  /** Resolves when all that was taken before was told, or could not be. */
  async told(): Promise<void> {
    while (this.#untold.length > 0 || this.#telling !== null) await (this.#telling ?? this.#tell());
  }

  /** Tells nothing more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #tellOf(debt: Debt): void {
    this.#untold.push(debt);
    if (this.#telling === null) this.#tellLater();
  }

  #tellLater(): void {
    if (this.#closed || this.#cancel !== null) return;
    this.#cancel = this.#options.timers.after(TELL_MS, () => {
      void this.#tell();
    });
  }

  async #tell(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#telling = this.#tellAll(this.#untold.splice(0));
    await this.#telling;
    this.#telling = null;
    if (this.#untold.length > 0) this.#tellLater();
  }

  async #tellAll(debts: readonly Debt[]): Promise<void> {
    const taken = debts.map((debt) => {
      const { key, interval, burst, untold: count } = debt;
      debt.untold = 0;
      return { key, count, interval, burst };
    });
    // Where nobody answers it isn't told again: it may have been counted, and the count here goes on.
    const owed = await this.#options.take(taken);
    const micros = this.#options.timers.mono() * 1_000;
    for (const [index, debt] of debts.entries()) {
      const told = owed?.[index];
      if (told !== undefined) debt.paidAt = micros + told + debt.untold * debt.interval;
    }
    if (micros >= (this.#tidiedAt + TIDY_MS) * 1_000) this.#tidy(micros);
  }

  #tidy(micros: number): void {
    this.#tidiedAt = micros / 1_000;
    for (const [key, { paidAt, untold }] of this.#debts) {
      if (untold === 0 && paidAt <= micros) this.#debts.delete(key);
    }
  }
}
