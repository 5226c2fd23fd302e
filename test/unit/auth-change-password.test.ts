import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Accounts } from '../../src/auth/accounts.ts';
import { PasswordHasher } from '../../src/auth/password-hasher.ts';
import { RefreshTokens } from '../../src/auth/refresh-tokens.ts';
import { TERMINAL } from '../../src/protocol/audit-act.ts';
import type { Result } from '../../src/protocol/result.ts';
import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { testIdentity } from '../support/identity.ts';

const HOME = '192.0.2.1';
const OLD = 'correct horse';
const NEW = 'battery staple';
const code = (wanted: string) => ({ ok: false, failure: { code: wanted } });

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

/** One account, `ada`, logged in once. */
async function testAccount() {
  const identity = await testIdentity();
  const now = () => identity.clock.now;
  const security = new MemorySecurity();
  const store = new MemoryAccounts(undefined, security);
  const refreshTokens = new RefreshTokens({
    ...{
      store: new MemoryRefreshTokens(store, security),
      issuer: identity.issuer,
      now,
      mono: now,
      random: randomBytes,
    },
  });
  /** How often a password was checked. */
  const work = { verified: 0 };
  const hasher = new PasswordHasher(
    { running: 2, waiting: 32 },
    {
      hash: async (password) => `quick:${password}`,
      verify: async (stored, password) => {
        work.verified += 1;
        return stored === `quick:${password}`;
      },
    },
  );
  const accounts = new Accounts({
    store,
    hasher,
    refreshTokens,
    registration: 'open',
    now,
    mono: now,
    newId: randomUUID,
  });
  const { id } = valueOf(await accounts.register({ username: 'ada', password: OLD }, HOME));
  const login = async (password: string) => accounts.login({ username: 'ada', password }, HOME);
  const applied = async (): Promise<void> => {
    const changes = await security.changesAfter(-1, now());
    if (changes.ok && changes.value !== null) identity.standings.apply(changes.value);
  };
  return { ...identity, accounts, refreshTokens, store, id, login, work, applied };
}

describe('changing a password', () => {
  it('[AUTH-52] ends every login and every token before it; what it answers holds, in the same ms too', async () => {
    const { accounts, refreshTokens, authenticator, issuer, id, login, applied, clock } = await testAccount();
    const logins = [valueOf(await login(OLD)), valueOf(await login(OLD))];
    const alone = await issuer.issue({ id, name: 'ada', roles: ['user'] }, { seconds: 720 * 3600 });
    const fresh = valueOf(await accounts.changePassword(id, { current: OLD, next: NEW }, HOME));
    await applied();
    for (const token of [...logins.map((one) => one.token), alone.token]) {
      expect(await authenticator.fromToken(token)).toMatchObject(code('unauthorized'));
    }
    for (const { refreshToken } of logins) {
      expect(await refreshTokens.refresh(refreshToken, HOME)).toMatchObject(code('unauthorized'));
    }
    expect(await authenticator.fromToken(fresh.token)).toMatchObject({ value: { user: { id } } });
    const next = valueOf(await refreshTokens.refresh(fresh.refreshToken, HOME));
    expect(await authenticator.fromToken(next.token)).toMatchObject({ ok: true });
    expect(await login(OLD)).toMatchObject(code('unauthorized'));
    expect(await authenticator.fromToken(valueOf(await login(NEW)).token)).toMatchObject({ ok: true });
    clock.now += 720 * 3600 * 1000 - 10;
    await applied();
    expect(await authenticator.fromToken(alone.token)).toMatchObject(code('unauthorized'));
  });

  it('[AUTH-52] holds for tokens of any millisecond', async () => {
    const { accounts, authenticator, id, applied, clock } = await testAccount();
    let current = OLD;
    for (let ms = 0; ms < 50; ms += 1) {
      clock.now += 60_000 + ms * 7;
      const next = `password ${ms}`;
      const { token } = valueOf(await accounts.changePassword(id, { current, next }, HOME));
      await applied();
      expect(await authenticator.fromToken(token)).toMatchObject({ ok: true });
      current = next;
    }
  });

  it('[AUTH-53] takes the current password; a wrong one is forbidden and costs as much as at a login', async () => {
    const { accounts, id, login, work } = await testAccount();
    work.verified = 0;
    const change = (current: string, next = NEW) => accounts.changePassword(id, { current, next }, HOME);
    expect(await change('wrong horse')).toMatchObject(code('forbidden'));
    expect(await accounts.changePassword('nobody', { current: OLD, next: NEW }, HOME)).toMatchObject(
      code('forbidden'),
    );
    expect(work.verified).toBe(2);
    expect(await login(OLD)).toMatchObject({ ok: true });
  });

  it('[AUTH-53] refuses what can be no password', async () => {
    const { accounts, id } = await testAccount();
    for (const next of ['', '1234567', 'x'.repeat(129), 'correct \ud800 horse']) {
      const answer = await accounts.changePassword(id, { current: OLD, next }, HOME);
      expect(answer).toMatchObject(code('bad_request'));
    }
  });

  it('[AUTH-53] slows down who guesses the current one, by account and by address', async () => {
    const { accounts, id, clock, login } = await testAccount();
    const guess = (address: string, current = 'wrong horse') =>
      accounts.changePassword(id, { current, next: NEW }, address);
    for (let n = 0; n < 10; n += 1) expect(await guess(`192.0.2.${n}`)).toMatchObject(code('forbidden'));
    expect(await guess('198.51.100.1', OLD)).toMatchObject({
      failure: { code: 'rate_limited', retryAfterMs: 30_000 },
    });
    // Logging in is another door.
    expect(await login(OLD)).toMatchObject({ ok: true });
    clock.now += 30_000;
    expect(await guess('198.51.100.1', OLD)).toMatchObject({ ok: true });
    for (let n = 0; n < 60; n += 1) await accounts.login({ username: `u${n}`, password: OLD }, '203.0.113.1');
    expect(await guess('203.0.113.1', NEW)).toMatchObject(code('rate_limited'));
  });

  it('[AUTH-52] lets one of two at once through', async () => {
    const { accounts, id } = await testAccount();
    const both = await Promise.all(
      ['first password', 'other password'].map((next) =>
        accounts.changePassword(id, { current: OLD, next }, HOME),
      ),
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toMatchObject(code('conflict'));
  });

  it('[AUTH-52] by an administrator logs out everywhere and logs nobody in', async () => {
    const { accounts, refreshTokens, authenticator, id, login, applied, clock } = await testAccount();
    const before = valueOf(await login(OLD));
    clock.now += 1;
    expect(await accounts.resetPassword({ id, name: 'Ada' }, '1234567', TERMINAL)).toMatchObject(
      code('bad_request'),
    );
    expect(await accounts.resetPassword({ id, name: 'Ada' }, NEW, TERMINAL)).toEqual({
      ok: true,
      value: undefined,
    });
    await applied();
    expect(await authenticator.fromToken(before.token)).toMatchObject(code('unauthorized'));
    expect(await refreshTokens.refresh(before.refreshToken, HOME)).toMatchObject(code('unauthorized'));
    expect(await authenticator.fromToken(valueOf(await login(NEW)).token)).toMatchObject({ ok: true });
    expect(await accounts.resetPassword({ id: 'nobody', name: 'nobody' }, NEW, TERMINAL)).toMatchObject(
      code('unauthorized'),
    );
  });

  it('[AUTH-52] between a login’s look and its end leaves that login without tokens', async () => {
    const { accounts, store, id, login } = await testAccount();
    const find = store.findByName.bind(store);
    store.findByName = async (name) => {
      const found = await find(name);
      await accounts.resetPassword({ id, name: 'Ada' }, NEW, TERMINAL);
      return found;
    };
    expect(await login(OLD)).toEqual({
      ok: false,
      failure: { code: 'unauthorized', message: 'The name or the password is wrong.' },
    });
  });
});
