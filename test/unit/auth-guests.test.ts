import { describe, expect, it } from 'vitest';
import { GUEST_ISSUER } from '../../src/auth/guests.ts';
import type { Guest } from '../../src/auth/guests.ts';
import type { NameStore } from '../../src/auth/ports.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import type { Result } from '../../src/protocol/result.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { testIdentity } from '../support/identity.ts';

const DAY_MS = 24 * 3600 * 1000;

const brokenNames: NameStore = {
  claim: async () => fail(failure('unavailable', 'The database is away.', 1_000)),
};

const unwrap = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
  return result.value;
};
const user = (guest: Result<Guest>) => unwrap(guest).identity.user;

describe('guests', () => {
  it('[AUTH-3] who choose no name are guest- and some letters', async () => {
    const { authenticator } = await testIdentity();
    const guest = user(await authenticator.guest({}));
    expect(guest.name).toMatch(/^guest-[a-z]{6}$/);
    expect(guest).toMatchObject({ guest: true, roles: ['guest'] });
  });

  it('[AUTH-3] get the name that they choose, with a suffix when it is taken', async () => {
    const { authenticator } = await testIdentity();
    const first = user(await authenticator.guest({ name: ' Ada ' }));
    const second = user(await authenticator.guest({ name: 'ADA' }));
    expect(first.name).toBe('Ada');
    expect(second.name).toMatch(/^ADA-.+/);
    expect(second.id).not.toBe(first.id);
    expect(await authenticator.guest({ name: 'a\u202eb' })).toMatchObject({
      failure: { code: 'bad_request' },
    });
  });

  it('[AUTH-4] are the same user with the same token, over restarts and without a store', async () => {
    const keyStore = new MemorySigningKeys();
    const before = await testIdentity({ keyStore });
    const first = unwrap(await before.authenticator.guest({ name: 'Ada' }));
    const after = await testIdentity({ keyStore, names: brokenNames, issuer: 'https://moved.test' });
    for (const name of [undefined, 'Ada', 'ada']) {
      const again = unwrap(await after.authenticator.guest({ name, guestToken: first.guestToken }));
      expect(again.identity).toEqual(first.identity);
    }
  });

  it('[AUTH-4] keep the suffix that they were given when they ask for the taken name again', async () => {
    const { authenticator } = await testIdentity();
    await authenticator.guest({ name: 'Ada' });
    const second = unwrap(await authenticator.guest({ name: 'Ada' }));
    const again = user(await authenticator.guest({ name: 'Ada', guestToken: second.guestToken }));
    expect(again).toEqual(second.identity.user);
  });

  it('[AUTH-4] may take another name and stay the same user', async () => {
    const { authenticator } = await testIdentity();
    const first = unwrap(await authenticator.guest({ name: 'Ada' }));
    const renamed = unwrap(await authenticator.guest({ name: 'Augusta', guestToken: first.guestToken }));
    expect(renamed.identity.user).toMatchObject({ id: first.identity.user.id, name: 'Augusta' });
    const again = user(await authenticator.guest({ guestToken: renamed.guestToken }));
    expect(again.name).toBe('Augusta');
  });

  it('[AUTH-5] have tokens of 400 days that each use renews', async () => {
    const { authenticator, clock } = await testIdentity();
    let guest = unwrap(await authenticator.guest({ name: 'Ada' }));
    const { id } = guest.identity.user;
    for (let use = 0; use < 3; use += 1) {
      clock.now += 399 * DAY_MS;
      guest = unwrap(await authenticator.guest({ guestToken: guest.guestToken }));
      expect(guest.identity.user.id).toBe(id);
    }
    clock.now += 400 * DAY_MS;
    expect(user(await authenticator.guest({ guestToken: guest.guestToken })).id).not.toBe(id);
  });

  it('[AUTH-5] with a token that does not hold are new guests', async () => {
    const ours = await testIdentity();
    const others = await testIdentity();
    const foreign = unwrap(await others.authenticator.guest({ name: 'Ada' }));
    const { token } = await ours.issuer.issue({ id: 'u1', name: 'Root', roles: ['user', 'admin'] });
    for (const guestToken of [foreign.guestToken, token, '', 'a.b.c', 'x'.repeat(100_000)]) {
      const guest = user(await ours.authenticator.guest({ guestToken }));
      expect(guest.name).toMatch(/^guest-[a-z]{6}$/);
      expect([foreign.identity.user.id, 'u1']).not.toContain(guest.id);
    }
  });

  it('[AUTH-6] get in while the store is away, under names that never meet', async () => {
    const { authenticator } = await testIdentity({ names: brokenNames });
    const first = user(await authenticator.guest({ name: 'Ada' }));
    const second = user(await authenticator.guest({ name: 'Ada' }));
    expect(first.name).toMatch(/^Ada-[a-z]{12}$/);
    expect(second.name).not.toBe(first.name);
    expect(user(await authenticator.guest({})).name).toMatch(/^guest-[a-z]{12}$/);
    expect(Array.from(user(await authenticator.guest({ name: 'a'.repeat(32) })).name)).toHaveLength(32);
  });

  it('[AUTH-6] keep their old name when another cannot be had now', async () => {
    const keyStore = new MemorySigningKeys();
    const before = await testIdentity({ keyStore, names: new MemoryNames() });
    const first = unwrap(await before.authenticator.guest({ name: 'Ada' }));
    const after = await testIdentity({ keyStore, names: brokenNames });
    const again = user(await after.authenticator.guest({ name: 'Augusta', guestToken: first.guestToken }));
    expect(again).toEqual(first.identity.user);
  });

  it('[AUTH-7] do not exist with GUESTS=off', async () => {
    const keyStore = new MemorySigningKeys();
    const { guestToken } = unwrap(await (await testIdentity({ keyStore })).authenticator.guest({}));
    const { authenticator } = await testIdentity({ keyStore, guests: 'off' });
    for (const request of [{}, { name: 'Ada' }, { guestToken }]) {
      expect(await authenticator.guest(request)).toMatchObject({ failure: { code: 'unauthorized' } });
    }
    expect(await authenticator.fromBearer(guestToken)).toMatchObject({ failure: { code: 'unauthorized' } });
  });

  it('[AUTH-8] and access tokens never pass for each other', async () => {
    const { authenticator, issuer } = await testIdentity();
    const { guestToken } = unwrap(await authenticator.guest({ name: 'Ada' }));
    expect(await authenticator.fromToken(guestToken)).toMatchObject({ failure: { code: 'unauthorized' } });
    expect(unwrap(await authenticator.fromBearer(guestToken))).toMatchObject({
      issuer: GUEST_ISSUER,
      user: { name: 'Ada', guest: true, roles: ['guest'] },
    });
    const { token } = await issuer.issue({ id: 'u1', name: 'Root', roles: ['user'] });
    expect(unwrap(await authenticator.fromBearer(token))).toMatchObject({
      user: { guest: false, name: 'Root' },
    });
  });
});

describe('guests who are banned', () => {
  const banOf = (userId: string, over: object = {}) => ({
    ...{ change: 1, keysChange: 0, tokens: [], standings: [] },
    sanctions: [
      { id: '1', kind: 'ban' as const, userId, until: null, isOver: false, deletes: false, ...over },
    ],
  });

  it('[BAN-2] are refused with their token, whatever name they ask for, revoked ones too', async () => {
    const { authenticator, standings, clock } = await testIdentity();
    const { identity, guestToken } = unwrap(await authenticator.guest({ name: 'Gus' }));
    standings.apply(banOf(identity.user.id, { reason: 'spam' }));
    const { id: userId } = identity.user;
    const revoked = {
      userId,
      revokedBefore: clock.now + 1,
      profile: null,
      roles: null,
      until: clock.now + 5,
    };
    for (const again of [{ guestToken }, { guestToken, name: 'Other' }]) {
      expect(await authenticator.guest(again)).toMatchObject({
        failure: { code: 'banned', message: 'banned from this server: spam' },
      });
      standings.apply({ ...banOf(userId, { reason: 'spam' }), standings: [revoked] });
    }
    expect(await authenticator.fromBearer(guestToken)).toMatchObject({ failure: { code: 'banned' } });
    expect(await authenticator.guest({ name: 'Another' })).toMatchObject({ ok: true });
  });

  it('[BAN-2] by their address are refused without a token too, and take no name', async () => {
    const { authenticator, standings, clock } = await testIdentity();
    const other = unwrap(await authenticator.guest({ name: 'Olga' }));
    standings.apply(banOf('someone', { address: '192.0.2.7', until: clock.now + 5_000 }));
    expect(await authenticator.guest({ name: 'Gus' }, '192.0.2.7')).toMatchObject({
      failure: { code: 'banned', retryAfterMs: 5_000 },
    });
    const { guestToken } = other;
    expect(await authenticator.fromBearer(guestToken, '192.0.2.7')).toMatchObject({ ok: false });
    expect(await authenticator.fromBearer(guestToken, '192.0.2.8')).toMatchObject({ ok: true });
    expect(user(await authenticator.guest({ name: 'Gus' }, '192.0.2.8')).name).toBe('Gus');
  });
});
