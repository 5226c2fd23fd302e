import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RATE_LIMITS, SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import type { RateLimit } from '../../src/cache/rate-limiter.ts';
import type { RateWorkerTask } from '../support/rate-limiter-worker.ts';

const START = 1_700_000_000_000;
const SEED = 0x1234_5678;

/** Windows that the limit divides, so that the model below needs no rounding. */
const limits = fc
  .record({ limit: fc.integer({ min: 1, max: 50 }), intervalMs: fc.integer({ min: 1, max: 2_000 }) })
  .map(({ limit, intervalMs }): RateLimit => ({ limit, windowMs: limit * intervalMs }));

function limiterWith(limit: RateLimit, slots = 1_024): SharedRateLimiter {
  const limiter = SharedRateLimiter.create(slots, SEED);
  limiter.configure('message', limit);
  return limiter;
}

/** The plainest form of the rule: a bucket of `limit` that fills one every windowMs / limit. */
class Model {
  readonly #limit: RateLimit;
  readonly #buckets = new Map<string, { spentMs: number; at: number }>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  take(user: string, now: number): number {
    const { limit, windowMs } = this.#limit;
    const interval = windowMs / limit;
    const bucket = this.#buckets.get(user) ?? { spentMs: 0, at: now };
    const spentMs = Math.max(0, bucket.spentMs - (now - bucket.at));
    if (spentMs + interval > windowMs) return spentMs + interval - windowMs;
    this.#buckets.set(user, { spentMs: spentMs + interval, at: now });
    return 0;
  }
}

describe('the shared rate limiter', () => {
  it('[LIMIT-1] lets the limit through at once and no more', () => {
    fc.assert(
      fc.property(limits, (limit) => {
        const limiter = limiterWith(limit);
        const waits = Array.from({ length: limit.limit + 3 }, () => limiter.take('ada', 'message', START));
        expect(waits.filter((wait) => wait === 0)).toHaveLength(limit.limit);
        expect(waits.slice(0, limit.limit).every((wait) => wait === 0)).toBe(true);
      }),
    );
  });

  it('[LIMIT-1] does what the plain bucket does, for any users at any times', () => {
    const steps = fc.array(
      fc.record({ user: fc.constantFrom('ada', 'bob', 'eve'), pause: fc.integer({ min: 0, max: 3_000 }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(limits, steps, (limit, taken) => {
        const limiter = limiterWith(limit);
        const model = new Model(limit);
        let now = START;
        for (const { user, pause } of taken) {
          now += pause;
          expect(limiter.take(user, 'message', now)).toBe(model.take(user, now));
        }
      }),
    );
  });

  it('[LIMIT-1] in the long run lets exactly the limit a window through', () => {
    const limiter = limiterWith({ limit: 20, windowMs: 10_000 });
    let allowed = 0;
    for (let now = START; now < START + 100 * 10_000; now += 50) {
      if (limiter.take('ada', 'message', now) === 0) allowed += 1;
    }
    // The burst, and then one every 500 ms; the first of those is due at 500.
    expect(allowed).toBe(20 + 100 * 20 - 1);
  });

  it('[LIMIT-2] names the first ms at which the next request goes through, and refusing costs nothing', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.integer({ min: 1, max: 100 }),
          windowMs: fc.integer({ min: 100, max: 100_000 }),
        }),
        pauses,
        (limit, steps) => {
          const limiter = limiterWith(limit);
          let now = START;
          for (const step of steps) {
            now += step;
            const wait = limiter.take('ada', 'message', now);
            if (wait === 0) continue;
            if (wait > 1) expect(limiter.take('ada', 'message', now + wait - 1)).toBe(1);
            expect(limiter.take('ada', 'message', now + wait)).toBe(0);
            now += wait;
          }
        },
      ),
    );
  });

  it('[LIMIT-3] counts users and classes apart', () => {
    const limiter = limiterWith({ limit: 1, windowMs: 1_000 });
    expect(limiter.take('ada', 'message', START)).toBe(0);
    expect(limiter.take('ada', 'message', START)).toBe(1_000);
    expect(limiter.take('bob', 'message', START)).toBe(0);
    expect(limiter.take('ada', 'query', START)).toBe(0);
    expect(limiter.take('ada', 'signal', START)).toBe(0);
  });

  it('[LIMIT-3] gives a user exactly the limit over several threads', async () => {
    const limit = 100;
    const users = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    const limiter = limiterWith({ limit, windowMs: 10_000 });
    const task: RateWorkerTask = {
      buffer: limiter.buffer,
      gate: new SharedArrayBuffer(4),
      workers: 2,
      users,
      rounds: 2 * limit,
      now: START,
    };
    const url = new URL('../support/rate-limiter-worker.ts', import.meta.url);
    const workers = Array.from({ length: task.workers }, () => new Worker(url, { workerData: task }));
    const allowed: number[][] = await Promise.all(
      workers.map(async (worker) => {
        const [[counts]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
        return counts;
      }),
    );
    const totals = users.map((_, index) => allowed.reduce((sum, counts) => sum + counts[index]!, 0));
    expect(totals).toEqual(users.map(() => limit));
    expect(limiter.take(users[0]!, 'message', START)).toBe(100);
  });

  it('[LIMIT-4] a changed limit holds at once for everyone who shares the table', () => {
    const limiter = limiterWith({ limit: 2, windowMs: 1_000 });
    const other = SharedRateLimiter.attach(limiter.buffer);
    expect([other, limiter, other].map((one) => one.take('ada', 'message', START))).toEqual([0, 0, 500]);
    limiter.configure('message', { limit: 10, windowMs: 1_000 });
    expect(other.take('ada', 'message', START)).toBe(100);
    expect(other.take('bob', 'message', START)).toBe(0);
    limiter.configure('message', { limit: 10, windowMs: 10_000 });
    expect(other.take('eve', 'message', START)).toBe(0);
    expect(other.take('ada', 'query', START)).toBe(0);
  });

  it('[LIMIT-4] starts from the default limits', () => {
    const limiter = SharedRateLimiter.create(64, SEED);
    const { limit } = DEFAULT_RATE_LIMITS.message;
    for (let i = 0; i < limit; i += 1) expect(limiter.take('ada', 'message', START)).toBe(0);
    expect(limiter.take('ada', 'message', START)).toBe(500);
  });

  it('[LIMIT-4] nobody waits longer than the window after a limit became smaller or the clock was set back', () => {
    const limiter = limiterWith({ limit: 2, windowMs: 3_600_000 });
    limiter.take('ada', 'message', START);
    limiter.take('ada', 'message', START);
    limiter.configure('message', { limit: 2, windowMs: 1_000 });
    expect(limiter.take('ada', 'message', START)).toBe(500);
    expect(limiter.take('ada', 'message', START - 86_400_000)).toBe(500);
  });

  it('[LIMIT-5] the table never grows: users whose time is past make room for others', () => {
    const limiter = limiterWith({ limit: 1, windowMs: 1_000 }, 4_096);
    const bytes = limiter.buffer.byteLength;
    for (let second = 0; second < 20; second += 1) {
      const now = START + second * 1_000;
      for (let user = 0; user < 1_000; user += 1) {
        const id = `user-${second}-${user}`;
        expect(limiter.take(id, 'message', now)).toBe(0);
        expect(limiter.take(id, 'message', now)).toBe(1_000);
      }
    }
    expect(limiter.buffer.byteLength).toBe(bytes);
  });

  it('[LIMIT-5] in a full table a newcomer is let in, in the place of the one nearest to its end', () => {
    const limiter = limiterWith({ limit: 1, windowMs: 1_000 }, 16);
    for (let user = 0; user < 16; user += 1) limiter.take(`user-${user}`, 'message', START + user);
    expect(limiter.take('newcomer', 'message', START + 16)).toBe(0);
    expect(limiter.take('newcomer', 'message', START + 16)).toBe(1_000);
    expect(limiter.take('user-15', 'message', START + 16)).toBe(999);
    // It was forgotten, so it may go on.
    expect(limiter.take('user-0', 'message', START + 16)).toBe(0);
  });
});
