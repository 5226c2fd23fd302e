/** What every limiter of users' rates has to do that several gateways share: threads of one process, or servers of one Valkey. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paceOf, type RateLimit, type RateLimiter } from '../../src/cache/rate-limiter.ts';
import { processClock } from '../../src/threads/process-clock.ts';

/** Two gateways that count together. */
export interface SharedRates {
  readonly one: RateLimiter;
  readonly two: RateLimiter;
  /** Resolves when each knows what the other one let through before. */
  agreed(): Promise<void>;
  close(): Promise<void>;
}

/** Long enough for everything that a test does in the meantime. */
const LIMIT: RateLimit = { limit: 6, windowMs: 60_000 };

/** `create` makes a pair of which nobody took anything. */
export function rateLimitsContract(name: string, create: () => Promise<SharedRates>): void {
  describe(`rates of users, counted ${name}`, () => {
    let rates: SharedRates;
    beforeAll(async () => {
      rates = await create();
      for (const limiter of [rates.one, rates.two]) {
        limiter.configure('message', LIMIT);
        limiter.configure('query', LIMIT);
      }
    });
    afterAll(() => rates.close());

    const take = (limiter: RateLimiter, user: string, times = 1) =>
      Array.from({ length: times }, () => limiter.take(user, 'message', processClock()));

    it('[LIMIT-1] lets the limit through at once, whoever it asks, and no more', async () => {
      const { one, two } = rates;
      expect(take(one, 'ada', 3)).toEqual([0, 0, 0]);
      await rates.agreed();
      expect(take(two, 'ada')).toEqual([0]);
      await rates.agreed();
      expect(take(two, 'ada', 2)).toEqual([0, 0]);
      await rates.agreed();
      // One knows of what two let through when it asks once more, or before.
      take(one, 'ada');
      await rates.agreed();
      for (const limiter of [one, two]) {
        const [wait] = take(limiter, 'ada');
        expect(wait).toBeGreaterThan(0);
        // One request more than the limit may have been let through.
        expect(wait).toBeLessThanOrEqual((2 * LIMIT.windowMs) / LIMIT.limit);
      }
    });

    it('[LIMIT-1] counts users and classes apart', async () => {
      take(rates.one, 'bob', LIMIT.limit);
      await rates.agreed();
      expect(rates.one.take('bob', 'query', processClock())).toBe(0);
      expect(take(rates.one, 'bobby')).toEqual([0]);
    });

    it('[LIMIT-1] counts nothing of what it refuses', async () => {
      take(rates.one, 'cat', LIMIT.limit);
      await rates.agreed();
      const [first] = take(rates.one, 'cat', 50);
      await rates.agreed();
      const [last] = take(rates.one, 'cat');
      expect(last).toBeLessThanOrEqual(first! + 50);
    });

    it('[LIMIT-1] lets through again what was paid for', async () => {
      const special = { pace: paceOf({ limit: 2, windowMs: 400 }), channelId: null };
      const ask = () => rates.one.take('dan', 'message', processClock(), special);
      expect([ask(), ask()]).toEqual([0, 0]);
      await rates.agreed();
      const wait = ask();
      expect(wait).toBeGreaterThan(0);
      await pause(wait + 60);
      expect(ask()).toBe(0);
    });

    it('[LIMIT-4] [LIMIT-10] takes another limit at once, and counts a channel’s by itself', async () => {
      take(rates.one, 'eve', LIMIT.limit);
      await rates.agreed();
      const special = { pace: paceOf(LIMIT), channelId: 'busy' };
      expect(rates.one.take('eve', 'message', processClock(), special)).toBe(0);
      for (const limiter of [rates.one, rates.two])
        limiter.configure('message', { limit: 600, windowMs: 60_000 });
      // What she owes is no more than the new limit lets come at once.
      const [wait] = take(rates.one, 'eve');
      expect(wait).toBeLessThanOrEqual(100);
      for (const limiter of [rates.one, rates.two]) limiter.configure('message', LIMIT);
    });
  });
}
