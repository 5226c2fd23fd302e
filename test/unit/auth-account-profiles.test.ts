import { describe, expect, it } from 'vitest';
import { AccountProfiles } from '../../src/auth/account-profiles.ts';
import type { Account, AccountStore } from '../../src/auth/ports.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { testIdentity } from '../support/identity.ts';

const ADA: Account = { id: 'ada-id', name: 'Ada', passwordHash: '', roles: ['user'] };
const AVATAR = 'https://pictures.test/ada.png';
const code = (wanted: string) => ({ ok: false, failure: { code: wanted } });

async function testProfiles() {
  const identity = await testIdentity();
  const [names, security] = [new MemoryNames(), new MemorySecurity()];
  const store = new MemoryAccounts(names, security);
  await store.create(ADA);
  const applied = async (): Promise<void> => {
    const changes = await security.changesAfter(-1, identity.clock.now);
    if (changes.ok && changes.value !== null) identity.standings.apply(changes.value);
  };
  const profiles = new AccountProfiles({
    store,
    applied,
    now: () => identity.clock.now,
    mono: () => identity.clock.now,
  });
  return { ...identity, profiles, names, security, store };
}

describe('profiles of accounts', () => {
  it('[AUTH-57] that change hold at once, whatever older tokens say and for as long as they live', async () => {
    const { profiles, authenticator, issuer, standings, clock } = await testProfiles();
    const { token: old } = await issuer.issue(ADA);
    const { token: long } = await issuer.issue(ADA, { seconds: 30 * 24 * 3600 });
    const changed = await profiles.change(ADA.id, { name: ' Ada  L ', avatar: AVATAR });
    expect(changed).toMatchObject({ value: { id: ADA.id, name: 'Ada L', avatar: AVATAR } });
    const user = { id: ADA.id, name: 'Ada L', avatar: AVATAR, roles: ['user'] };
    expect(await authenticator.fromToken(old)).toMatchObject({ value: { user } });
    clock.now += 30 * 24 * 3600 * 1000 - 1;
    standings.tidy();
    expect(await authenticator.fromToken(long)).toMatchObject({ value: { user } });
    await profiles.change(ADA.id, { avatar: null });
    const bare = await authenticator.fromToken(long);
    expect(bare.ok && 'avatar' in bare.value.user).toBe(false);
  });

  it('[AUTH-56] avatars travel in access tokens', async () => {
    const { issuer, authenticator } = await testProfiles();
    const { token } = await issuer.issue({ ...ADA, avatar: AVATAR });
    expect(await authenticator.fromToken(token)).toMatchObject({ value: { user: { avatar: AVATAR } } });
  });

  it('[AUTH-56] refuse what is no avatar, and keep plain addresses', async () => {
    const { profiles, store } = await testProfiles();
    expect(await profiles.change(ADA.id, { avatar: 'javascript:alert(1)' })).toMatchObject(
      code('bad_request'),
    );
    expect(store.get(ADA.id)).toEqual(ADA);
    await profiles.change(ADA.id, { avatar: 'HTTPS://Pictures.test/ada b' });
    expect(store.get(ADA.id)).toEqual({ ...ADA, avatar: 'https://pictures.test/ada%20b' });
  });

  it('[AUTH-55] take names by the rules of new accounts', async () => {
    const { profiles, names, store } = await testProfiles();
    await names.claim('guest', 'Grace');
    for (const name of ['', 'a\u202eb', 'guest-ada', 'x'.repeat(33)]) {
      expect(await profiles.change(ADA.id, { name, avatar: AVATAR })).toMatchObject(code('bad_request'));
    }
    expect(await profiles.change(ADA.id, { name: 'GRACE' })).toMatchObject(code('conflict'));
    expect(store.get(ADA.id)).toEqual(ADA);
    expect(await profiles.change(ADA.id, { name: 'ADA' })).toMatchObject({ value: { name: 'ADA' } });
  });

  it('[AUTH-58] change ten times at once and then once a minute; what changes nothing, and what fails, is free', async () => {
    const { profiles, security, clock } = await testProfiles();
    for (let n = 0; n < 30; n += 1) {
      expect(await profiles.change(ADA.id, {})).toMatchObject({ ok: true });
      expect(await profiles.change(ADA.id, { name: 'Ada', avatar: null })).toMatchObject({ ok: true });
    }
    expect(await security.changesAfter(0, clock.now)).toEqual({ ok: true, value: null });
    for (let n = 0; n < 10; n += 1) {
      expect(await profiles.change(ADA.id, { avatar: `${AVATAR}?${n}` })).toMatchObject({ ok: true });
    }
    expect(await profiles.change(ADA.id, { name: 'Eve' })).toMatchObject({
      failure: { code: 'rate_limited', retryAfterMs: 60_000 },
    });
    expect(await profiles.read(ADA.id)).toMatchObject({ value: { name: 'Ada' } });
    clock.now += 60_000;
    expect(await profiles.change(ADA.id, { name: 'Eve' })).toMatchObject({ ok: true });
  });

  it('[AUTH-57] of an account that is gone, or that cannot be asked for, are no bug', async () => {
    const { profiles, clock } = await testProfiles();
    expect(await profiles.read('nobody')).toMatchObject(code('unauthorized'));
    expect(await profiles.change('nobody', { name: 'Eve' })).toMatchObject(code('unauthorized'));
    const away = async () => fail(failure('unavailable', 'away', 1_000));
    const store = { findById: away, changeProfile: away } as unknown as AccountStore;
    const none = new AccountProfiles({
      store,
      applied: async () => undefined,
      now: () => clock.now,
      mono: () => 0,
    });
    expect(await none.read(ADA.id)).toMatchObject(code('unavailable'));
    expect(await none.change(ADA.id, { name: 'Eve' })).toMatchObject(code('unavailable'));
  });
});
