import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { NodeRateLimiter } from '../../src/cache/valkey/node-rate-limiter.ts';
import { takeInValkey } from '../../src/cache/valkey/rate-script.ts';
import { ValkeyLink } from '../../src/cache/valkey/valkey-link.ts';
import { processClock } from '../../src/threads/process-clock.ts';
import { runtimeTimers } from '../../src/threads/runtime-timers.ts';
import { type RunningValkey, startValkey } from '../support/valkey.ts';
import { rateLimitsContract } from './rate-limits.ts';

let valkey: RunningValkey;
beforeAll(async () => {
  valkey = await startValkey();
});
afterAll(() => valkey.stop());

/** A server's link and limiter. */
async function server() {
  const link = new ValkeyLink({
    url: valkey.url,
    recorder: { command: () => undefined, failed: () => undefined },
    logger: { info: () => undefined, warn: () => undefined },
    random: () => 0,
  });
  while (!link.isUp) await pause(5);
  const limiter = new NodeRateLimiter({
    local: SharedRateLimiter.create(1_024, 7),
    take: (taken) => takeInValkey(link, 'hubbub:test:rate:', taken),
    timers: runtimeTimers(),
  });
  const close = () => {
    limiter.close();
    link.close();
  };
  return { limiter, close };
}

rateLimitsContract('in Valkey', async () => {
  const servers = [await server(), await server()] as const;
  const [{ limiter: one }, { limiter: two }] = servers;
  return {
    one,
    two,
    agreed: async () => {
      await Promise.all([one.told(), two.told()]);
    },
    close: async () => {
      for (const { close } of servers) close();
    },
  };
});

describe('rates of users in Valkey', () => {
  const LIMIT = { limit: 5, windowMs: 60_000 };

  it('[VALKEY-11] who gets more by asking two servers in one instant owes it on both', async () => {
    const servers = [await server(), await server()];
    const asked = servers.map(({ limiter }) => {
      limiter.configure('message', LIMIT);
      return Array.from({ length: LIMIT.limit }, () => limiter.take('ada', 'message', processClock()));
    });
    expect(asked.flat().every((wait) => wait === 0)).toBe(true);
    await Promise.all(servers.map(({ limiter }) => limiter.told()));
    const waits = servers.map(({ limiter }) => limiter.take('ada', 'message', processClock()));
    // The one that was told last knows of all ten, the other one of five at least.
    expect(Math.max(...waits)).toBeGreaterThan(LIMIT.windowMs);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    for (const { close } of servers) close();
  });

  it('[VALKEY-11] takes no more of Valkey than for as long as something is owed', async () => {
    const { limiter, close } = await server();
    limiter.configure('signal', { limit: 2, windowMs: 200 });
    limiter.take('bob', 'signal', processClock());
    await limiter.told();
    expect(await valkey.client.keys('hubbub:test:rate:*signal:bob')).toHaveLength(1);
    await expect.poll(() => valkey.client.keys('hubbub:test:rate:*signal:bob')).toEqual([]);
    close();
  });

  it('[VALKEY-12] goes on by itself while Valkey is away, and with it when it is back', async () => {
    const { limiter, close } = await server();
    limiter.configure('message', LIMIT);
    const take = (user: string, times: number) =>
      Array.from({ length: times }, () => limiter.take(user, 'message', processClock()));
    await valkey.kill();
    expect(take('cat', LIMIT.limit)).toEqual([0, 0, 0, 0, 0]);
    await limiter.told();
    expect(take('cat', 1)[0]).toBeGreaterThan(0);
    await valkey.start();
    await expect.poll(() => valkey.client.status).toBe('ready');
    await expect
      .poll(
        async () => {
          take(`dan${Math.random()}`, 1);
          await limiter.told();
          return valkey.client.keys('hubbub:test:rate:*dan*');
        },
        { timeout: 5_000 },
      )
      .not.toEqual([]);
    close();
  });
});
