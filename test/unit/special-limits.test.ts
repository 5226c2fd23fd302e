import { describe, expect, it } from 'vitest';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { SpecialLimits } from '../../src/cache/special-limits.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const as = (...roles: Role[]) => ({ roles });
const SLOW = { limit: 1, windowMs: 10_000 };

function specials(): SpecialLimits {
  const special = new SpecialLimits();
  special.set({
    version: 1,
    roles: [
      { role: 'guest', limit: 2, windowMs: 1_000 },
      { role: 'user', limit: 3, windowMs: 1_000 },
      { role: 'moderator', limit: 50, windowMs: 1_000 },
    ],
    channels: [{ channelId: 'slow', ...SLOW }],
  });
  return special;
}

describe('special limits', () => {
  it('[LIMIT-10] a channel’s limit comes first but for moderators, then that of the highest role that has one', () => {
    const special = specials();
    const burst = (roles: readonly Role[], channelId?: string) => {
      const found = special.of(as(...roles), 'message', channelId);
      return found === undefined ? null : [found.pace.burst / found.pace.interval, found.channelId];
    };
    expect(burst(['user'], 'slow')).toEqual([1, 'slow']);
    expect(burst(['guest'], 'general')).toEqual([2, null]);
    expect(burst(['user'])).toEqual([3, null]);
    expect(burst(['user', 'moderator'], 'slow')).toEqual([50, null]);
    expect(burst(['user', 'admin'], 'slow')).toEqual([3, null]);
    expect(special.of(as('guest'), 'whisper', 'slow')?.channelId).toBeNull();
    expect(special.of(as('guest'), 'query', 'slow')).toBeUndefined();
    expect(special.of(as('guest'), 'signal', 'slow')).toBeUndefined();
    special.set({ version: 2, roles: [], channels: [] });
    expect([special.isEmpty, burst(['guest'], 'slow')]).toEqual([true, null]);
  });

  it('[LIMIT-10] what is sent in a channel with a limit of its own counts by itself', () => {
    const limiter = SharedRateLimiter.create(64, 1);
    limiter.configure('message', { limit: 2, windowMs: 10_000 });
    const inSlow = specials().of(as('user'), 'message', 'slow');
    const take = (channel?: typeof inSlow) => limiter.take('ada', 'message', 1_000, channel);
    expect([take(inSlow), take(inSlow)]).toEqual([0, 10_000]);
    expect([take(), take(), take()]).toEqual([0, 0, 5_000]);
    expect(limiter.take('bob', 'message', 1_000, inSlow)).toBe(0);
  });

  it('[LIMIT-10] a gateway asks for the limit of the user and the channel of each message', async () => {
    const limiter = SharedRateLimiter.create(64, 1);
    const special = new SpecialLimits();
    const { clock, client, connectShard } = runningGateway({
      take: (...args) => limiter.take(...args),
      special,
    });
    connectShard(0);
    const { socket, say } = client({ identity: identityOf('ada') });
    await clock.advance(5);
    const send = (ref: string, channelId: string) => {
      say({ type: 'message:send', ref, channelId, data: { content: 'x' } });
    };
    special.set({ version: 1, roles: [], channels: [{ channelId: 'slow', ...SLOW }] });
    for (const ref of ['a', 'b']) send(ref, 'slow');
    send('c', 'general');
    await clock.advance(5);
    expect(socket.answers).toEqual({ b: 'rate_limited' });
    special.set({ version: 2, roles: [], channels: [] });
    send('d', 'slow');
    await clock.advance(5);
    expect(socket.answers).toEqual({ b: 'rate_limited' });
  });
});
