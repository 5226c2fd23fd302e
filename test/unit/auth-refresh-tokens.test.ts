import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Account, RefreshTokenStore } from '../../src/auth/ports.ts';
import { REFRESH_TOKEN_SECONDS, RefreshTokens } from '../../src/auth/refresh-tokens.ts';
import type { Login } from '../../src/auth/refresh-tokens.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import type { Result } from '../../src/protocol/result.ts';
import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { testIdentity } from '../support/identity.ts';

const HOME = '192.0.2.1';
const ADA: Account = { id: 'ada-id', name: 'Ada', passwordHash: 'quick:old', roles: ['user'] };
const code = (wanted: string) => ({ ok: false, failure: { code: wanted } });

function valueOf(result: Result<Login | null>): Login {
  if (!result.ok) throw new Error(result.failure.message);
  if (result.value === null) throw new Error('no login');
  return result.value;
}

/** Every text at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

async function testTokens(change: Partial<RefreshTokenStore> = {}) {
  const identity = await testIdentity();
  const security = new MemorySecurity();
  const accounts = new MemoryAccounts(undefined, security);
  await accounts.create(ADA);
  const memory = new MemoryRefreshTokens(accounts, security);
  /** Every argument that the store was called with. */
  const told: unknown[] = [];
  const store: RefreshTokenStore = {
    begin: (...args) => (told.push(...args), memory.begin(...args)),
    rotate: (...args) => (told.push(...args), memory.rotate(...args)),
    end: (...args) => (told.push(...args), memory.end(...args)),
    changePassword: (...args) => (told.push(...args), memory.changePassword(...args)),
    ...change,
  };
  const now = () => identity.clock.now;
  const tokens = new RefreshTokens({ store, issuer: identity.issuer, now, mono: now, random: randomBytes });
  /** What the server's feed does. */
  const applied = async (): Promise<void> => {
    const changes = await security.changesAfter(-1, now());
    if (changes.ok && changes.value !== null) identity.standings.apply(changes.value);
  };
  return { ...identity, accounts, tokens, told, applied };
}

describe('refresh tokens', () => {
  it('[AUTH-21] are 128 random bits for the family and 256 for themselves, of which the store gets hashes', async () => {
    const { tokens, told } = await testTokens();
    const first = valueOf(await tokens.begin(ADA));
    const second = valueOf(await tokens.refresh(first.refreshToken, HOME));
    const [one, two] = [first, second].map(({ refreshToken }) => Buffer.from(refreshToken, 'base64url'));
    expect([one!.length, two!.length]).toEqual([48, 48]);
    expect(two!.subarray(0, 16)).toEqual(one!.subarray(0, 16));
    expect(two!.subarray(16)).not.toEqual(one!.subarray(16));
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');
    const family = sha256(one!.subarray(0, 16));
    const hashes = [family, sha256(one!.subarray(16)), sha256(two!.subarray(16))];
    expect(new Set(textsIn(told))).toEqual(
      new Set([ADA.id, ADA.passwordHash, `session:${family}`, ...hashes]),
    );
    const other = valueOf(await tokens.begin(ADA)).refreshToken;
    expect(other.slice(0, 21)).not.toBe(first.refreshToken.slice(0, 21));
  });

  it('[AUTH-22] bring an access token with the account’s roles of now, once', async () => {
    const { tokens, accounts, authenticator, clock } = await testTokens();
    const login = valueOf(await tokens.begin(ADA));
    expect(await authenticator.fromToken(login.token)).toMatchObject({
      value: { user: { roles: ['user'] } },
    });
    await accounts.setRoles(ADA.id, ['user', 'admin'], clock.now);
    const next = valueOf(await tokens.refresh(login.refreshToken, HOME));
    expect(next.expiresIn).toBe(3600);
    expect(await authenticator.fromToken(next.token)).toMatchObject({
      value: { user: { id: 'ada-id', name: 'Ada', roles: ['user', 'admin'] } },
    });
  });

  it('[AUTH-22] are good for 30 days after they were given', async () => {
    const { tokens, clock } = await testTokens();
    let { refreshToken } = valueOf(await tokens.begin(ADA));
    expect(REFRESH_TOKEN_SECONDS).toBe(2_592_000);
    for (let month = 0; month < 3; month += 1) {
      clock.now += 2_592_000_000 - 1;
      ({ refreshToken } = valueOf(await tokens.refresh(refreshToken, HOME)));
    }
    clock.now += 2_592_000_000;
    expect(await tokens.refresh(refreshToken, HOME)).toMatchObject(code('unauthorized'));
  });

  it('[AUTH-23] that are used twice end what came of their login, and nothing else', async () => {
    const { tokens } = await testTokens();
    const stolen = valueOf(await tokens.begin(ADA)).refreshToken;
    const elsewhere = valueOf(await tokens.begin(ADA)).refreshToken;
    const thiefs = valueOf(await tokens.refresh(stolen, '198.51.100.1')).refreshToken;
    expect(await tokens.refresh(stolen, HOME)).toMatchObject(code('unauthorized'));
    expect(await tokens.refresh(thiefs, '198.51.100.1')).toMatchObject(code('unauthorized'));
    expect(await tokens.refresh(elsewhere, HOME)).toMatchObject({ ok: true });
  });

  it('[AUTH-23] that are used by two at once serve one of them at most, and end', async () => {
    const { tokens } = await testTokens();
    const { refreshToken } = valueOf(await tokens.begin(ADA));
    const both = await Promise.all([tokens.refresh(refreshToken, HOME), tokens.refresh(refreshToken, HOME)]);
    const [winner, ...others] = both.filter((result) => result.ok);
    expect(others).toEqual([]);
    const next = await tokens.refresh(valueOf(winner!).refreshToken, HOME);
    expect(next).toMatchObject(code('unauthorized'));
  });

  it('[AUTH-24] end with a logout, by whichever of the family, and with them the access tokens', async () => {
    const { tokens, authenticator, applied } = await testTokens();
    const elsewhere = valueOf(await tokens.begin(ADA));
    const first = valueOf(await tokens.begin(ADA));
    const second = valueOf(await tokens.refresh(first.refreshToken, HOME));
    expect(await tokens.end(first.refreshToken, HOME)).toEqual({ ok: true, value: undefined });
    expect(await tokens.end(second.refreshToken, HOME)).toEqual({ ok: true, value: undefined });
    expect(await tokens.refresh(second.refreshToken, HOME)).toMatchObject(code('unauthorized'));
    await applied();
    for (const { token } of [first, second]) {
      expect(await authenticator.fromToken(token)).toMatchObject(code('unauthorized'));
    }
    expect(await authenticator.fromToken(elsewhere.token)).toMatchObject({ ok: true });
  });

  it('[AUTH-50] name their login in their access tokens, by a hash that ends nothing', async () => {
    const { tokens, issuer, authenticator } = await testTokens();
    const login = valueOf(await tokens.begin(ADA));
    const next = valueOf(await tokens.refresh(login.refreshToken, HOME));
    const ids = [];
    for (const { token } of [login, next, await issuer.issue(ADA)]) {
      const identity = await authenticator.fromToken(token);
      if (!identity.ok) throw new Error(identity.failure.message);
      ids.push(identity.value.tokenIds);
    }
    const [[first, session], [second, same], alone] = ids as [string[], string[], string[]];
    expect(session).toMatch(/^session:[\w-]{43}$/);
    expect([same, alone.length]).toEqual([session, 1]);
    expect(new Set([first, second, ...alone]).size).toBe(3);
    expect(await tokens.end(session!.slice('session:'.length), HOME)).toMatchObject({ ok: true });
    expect(await tokens.refresh(next.refreshToken, HOME)).toMatchObject({ ok: true });
  });

  it('[AUTH-51] that are used twice end the access tokens of their login, and of no other', async () => {
    const { tokens, authenticator, applied } = await testTokens();
    const login = valueOf(await tokens.begin(ADA));
    const elsewhere = valueOf(await tokens.begin(ADA));
    const next = valueOf(await tokens.refresh(login.refreshToken, HOME));
    await applied();
    expect(await authenticator.fromToken(login.token)).toMatchObject({ ok: true });
    await tokens.refresh(login.refreshToken, HOME);
    await applied();
    for (const { token } of [login, next]) {
      expect(await authenticator.fromToken(token)).toMatchObject(code('unauthorized'));
    }
    expect(await authenticator.fromToken(elsewhere.token)).toMatchObject({ ok: true });
  });

  it('[AUTH-50] keep a login ended for as long as one of its access tokens could hold', async () => {
    const { tokens, authenticator, applied, clock, standings } = await testTokens();
    clock.now += 123;
    const login = valueOf(await tokens.begin(ADA));
    await tokens.end(login.refreshToken, HOME);
    await applied();
    for (const step of [3_599_999, 1, 1_000]) {
      clock.now += step;
      standings.tidy();
      expect(await authenticator.fromToken(login.token)).toMatchObject(code('unauthorized'));
    }
    expect(standings.size).toBe(0);
  });

  it('[AUTH-25] that are wrong in any way get one answer', async () => {
    const { tokens, told } = await testTokens();
    const used = valueOf(await tokens.begin(ADA));
    await tokens.refresh(used.refreshToken, HOME);
    const ended = valueOf(await tokens.begin(ADA));
    await tokens.end(ended.refreshToken, HOME);
    const unknown = randomBytes(48).toString('base64url');
    const asked = told.length;
    const malformed = [
      '',
      'x',
      ended.token,
      `${unknown}A`,
      unknown.slice(1),
      `${unknown.slice(1)}=`,
      '\0'.repeat(64),
    ];
    const wrong = [...malformed, used.refreshToken, ended.refreshToken, unknown];
    const answers = [];
    for (const token of malformed) answers.push(await tokens.refresh(token, HOME));
    // What can be no token isn't looked for.
    expect(told).toHaveLength(asked);
    for (const token of wrong.slice(malformed.length)) answers.push(await tokens.refresh(token, HOME));
    expect(answers).toHaveLength(wrong.length);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject(code('unauthorized'));
    for (const token of malformed) expect(await tokens.end(token, HOME)).toMatchObject({ ok: true });
  });

  it('[AUTH-26] are slowed down by address, whatever comes', async () => {
    const { tokens, clock } = await testTokens();
    const { refreshToken } = valueOf(await tokens.begin(ADA));
    for (let i = 0; i < 30; i += 1) {
      expect(await tokens.refresh('x', HOME)).toMatchObject(code('unauthorized'));
      expect(await tokens.end('x', HOME)).toMatchObject({ ok: true });
    }
    const wait = { failure: { code: 'rate_limited', retryAfterMs: 1_000 } };
    expect(await tokens.refresh(refreshToken, HOME)).toMatchObject(wait);
    expect(await tokens.end(refreshToken, HOME)).toMatchObject(wait);
    clock.now += 1_000;
    const next = valueOf(await tokens.refresh(refreshToken, HOME));
    expect(await tokens.refresh(next.refreshToken, '198.51.100.1')).toMatchObject({ ok: true });
  });

  it('[AUTH-26] pass an outage on', async () => {
    const away = async () => fail(failure('unavailable', 'away', 1_000));
    const { tokens } = await testTokens({ begin: away, rotate: away, end: away, changePassword: away });
    const token = randomBytes(48).toString('base64url');
    expect(await tokens.begin(ADA)).toMatchObject(code('unavailable'));
    expect(await tokens.refresh(token, HOME)).toMatchObject(code('unavailable'));
    expect(await tokens.end(token, HOME)).toMatchObject(code('unavailable'));
    expect(await tokens.changePassword(ADA, 'quick:new')).toMatchObject(code('unavailable'));
    expect(await tokens.resetPassword(ADA.id, 'quick:new')).toMatchObject(code('unavailable'));
  });

  it('[AUTH-27] are kept for 100 logins of an account, those used last', async () => {
    const { tokens, clock } = await testTokens();
    const all: string[] = [];
    for (let i = 0; i < 102; i += 1) {
      clock.now += 1_000;
      all.push(valueOf(await tokens.begin(ADA)).refreshToken);
      // The first one is in use, so the second and the third are older.
      if (i === 50) all[0] = valueOf(await tokens.refresh(all[0]!, HOME)).refreshToken;
    }
    const answers = [];
    for (const token of all) {
      clock.now += 1_000;
      answers.push((await tokens.refresh(token, HOME)).ok);
    }
    expect(answers).toEqual([true, false, false, ...Array<boolean>(99).fill(true)]);
  });
});
