import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES } from '../../src/auth/oidc/bounded-fetch.ts';
import { IssuerKeys } from '../../src/auth/oidc/issuer-keys.ts';
import { OidcIssuer } from '../../src/auth/oidc/oidc-issuer.ts';
import { FakeIssuer } from '../support/fake-issuer.ts';
import { FakeTimers } from '../support/fake-timers.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';

const ISSUER = 'https://id.test/realms/chat';
const KEYS_URL = `${ISSUER}/keys`;
const NOW = 1_700_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const UNAUTHORIZED = { ok: false, failure: { code: 'unauthorized' } };
const UNAVAILABLE = { ok: false, failure: { code: 'unavailable', retryAfterMs: expect.any(Number) } };
const [one, two] = [await tokenKey('one'), await tokenKey('two')];

function setUp(fake: FakeIssuer) {
  const timers = new FakeTimers();
  const logged: object[] = [];
  const log = (fields: object) => void logged.push(fields);
  const keys = new IssuerKeys({
    issuer: fake.issuer,
    fetch: fake.fetch,
    timers: { mono: () => timers.now(), after: (ms, run) => timers.after(ms, run) },
    logger: { info: log, warn: log } as never,
  });
  const knows = (key: typeof one) => keys.find({ alg: 'ES256', kid: key.kid });
  /** The clock moves on, and what was begun comes to its end. */
  const pass = async (ms: number) => {
    const end = timers.now() + ms;
    do {
      await timers.advance(Math.min(timers.nextInMs ?? ms, end - timers.now()));
      await idle();
    } while (timers.now() < end);
  };
  return {
    keys,
    timers,
    logged,
    knows,
    pass,
    times: () => fake.asked.filter((url) => url === KEYS_URL).length,
  };
}

/** Answers are read in steps of the event loop: none is under way when nothing was asked for in many of them. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

async function started(fake: FakeIssuer) {
  const parts = setUp(fake);
  parts.keys.start();
  await idle();
  return parts;
}

describe('keys of an issuer', () => {
  it('[AUTH-30] are found by discovery', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const { keys, knows } = await started(fake);
    expect(fake.asked).toEqual([`${ISSUER}/.well-known/openid-configuration`, KEYS_URL]);
    expect(await knows(one)).toMatchObject({ ok: true, value: [{ type: 'public' }] });
    expect(keys.metadata?.login).toMatchObject({ tokenEndpoint: `${ISSUER}/token` });
    expect(keys.warning).toBeNull();
  });

  it('[AUTH-30] are found where a slash ends the issuer', async () => {
    const fake = new FakeIssuer(`${ISSUER}/`, one);
    const { knows } = await started(fake);
    expect(fake.asked[0]).toBe(`${ISSUER}/.well-known/openid-configuration`);
    expect(await knows(one)).toMatchObject({ ok: true });
  });

  it.each([404, 403, 301, Response.json('no object'), new Response('<html>')])(
    '[AUTH-30] are at /.well-known/jwks.json where there is no discovery document (%s)',
    async (answer) => {
      const fake = new FakeIssuer(ISSUER);
      fake.answers.clear();
      fake.answers.set(`${ISSUER}/.well-known/openid-configuration`, answer);
      fake.answers.set(`${ISSUER}/.well-known/jwks.json`, { keys: [one.jwk] });
      const { keys, knows } = await started(fake);
      expect(await knows(one)).toMatchObject({ ok: true });
      expect(keys.metadata).toBeNull();
    },
  );

  it.each(['https://id.test/realms/chat/', 'https://evil.test', undefined, 7])(
    '[AUTH-30] are not taken from a discovery document of %s',
    async (issuer) => {
      const fake = new FakeIssuer(ISSUER, one);
      fake.discovery({ issuer });
      const { keys, knows, logged, pass } = await started(fake);
      expect(await knows(one)).toMatchObject(UNAVAILABLE);
      expect(fake.asked).toHaveLength(1);
      expect(keys.warning).toContain('OIDC_ISSUERS');
      await pass(5 * MINUTE);
      expect(fake.asked.length).toBeGreaterThan(3);
      expect(logged).toHaveLength(1);
    },
  );

  it.each([
    'http://id.test/keys',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'https://a:b@id.test/',
    7,
  ])('[AUTH-30] are not asked for at %s', async (jwksUri) => {
    const fake = new FakeIssuer(ISSUER, one);
    fake.discovery({ jwks_uri: jwksUri });
    const { knows } = await started(fake);
    expect(await knows(one)).toMatchObject(UNAVAILABLE);
    expect(fake.asked).toHaveLength(1);
  });

  it('[AUTH-30] may be on another host by https, and of the issuer’s own origin by http', async () => {
    const elsewhere = new FakeIssuer(ISSUER, one);
    elsewhere.discovery({ jwks_uri: 'https://keys.test/set' });
    elsewhere.answers.set('https://keys.test/set', { keys: [two.jwk] });
    expect(await (await started(elsewhere)).knows(two)).toMatchObject({ ok: true });
    const plain = new FakeIssuer('http://localhost:8081/realms/chat', one);
    expect(await (await started(plain)).knows(one)).toMatchObject({ ok: true });
  });

  it.each([
    ['no set', { keys: 'many' }],
    ['a set of no keys', { keys: [7] }],
    ['too much', async () => new Response(' '.repeat(MAX_ANSWER_BYTES + 1))],
    ['a redirect', new Response(null, { status: 302, headers: { location: 'https://evil.test/' } })],
  ])('[AUTH-30] are not taken from %s, and nothing else is asked', async (_name, answer) => {
    const fake = new FakeIssuer(ISSUER);
    fake.answers.set(KEYS_URL, answer);
    const { knows } = await started(fake);
    expect(await knows(one)).toMatchObject(UNAVAILABLE);
    expect(new Set(fake.asked).size).toBe(2);
  });

  it('[AUTH-31] are asked for every 10 minutes, which is how one that was taken back goes', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const { knows, pass, times } = await started(fake);
    fake.publish(two);
    await pass(10 * MINUTE - 1);
    expect(times()).toBe(1);
    await pass(1);
    expect(times()).toBe(2);
    expect(await knows(two)).toMatchObject({ ok: true });
    expect(await knows(one)).toMatchObject(UNAUTHORIZED);
  });

  it('[AUTH-31] are asked for at once when a token names an unknown one, and all who do wait for one request', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const { knows, times } = await started(fake);
    fake.publish(one, two);
    const found = await Promise.all(Array.from({ length: 50 }, async () => knows(two)));
    expect(new Set(found.map(({ ok }) => ok))).toEqual(new Set([true]));
    expect(times()).toBe(2);
  });

  it('[AUTH-31] are asked for at most once in 30 s for unknown ones', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const { keys, pass, times } = await started(fake);
    const unknown = async (from: number) => {
      const names = Array.from({ length: 500 }, (_, index) => `unknown-${from + index}`);
      for (const kid of names) {
        expect(await keys.find({ alg: 'ES256', kid })).toMatchObject(UNAUTHORIZED);
      }
    };
    await unknown(0);
    expect(times()).toBe(2);
    await pass(29_999);
    await unknown(500);
    expect(times()).toBe(2);
    await pass(1);
    await unknown(1_000);
    expect(times()).toBe(3);
  });

  it('[AUTH-31] are looked through where a token doesn’t name one', async () => {
    const fake = new FakeIssuer(ISSUER, one, two);
    const { keys } = await started(fake);
    const found = await keys.find({ alg: 'ES256' });
    expect(found.ok ? found.value : []).toHaveLength(2);
  });

  it('[AUTH-32] are waited for at the start, then unavailable, and asked for again ever more seldom', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const letGo = fake.hold();
    const { keys, knows, pass, times } = await started(fake);
    const waiting = knows(one);
    letGo();
    expect(await waiting).toMatchObject({ ok: true });
    const away = new FakeIssuer(ISSUER);
    away.goDown();
    const other = await started(away);
    expect(await other.knows(one)).toMatchObject(UNAVAILABLE);
    expect(other.keys.warning).toMatch(/^Nobody can log in with .*ECONNREFUSED/);
    const attempts: number[] = [];
    for (let second = 0; second < 200; second += 1) {
      const before = away.asked.length;
      await other.pass(1_000);
      if (away.asked.length > before) attempts.push(second + 1);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    away.publish(one);
    await other.pass(MINUTE);
    expect(await other.knows(one)).toMatchObject({ ok: true });
    expect(other.keys.warning).toBeNull();
    expect([keys.warning, times()]).toEqual([null, 1]);
    await pass(0);
  });

  it.each([new Error('connect ECONNREFUSED'), 500, 404])(
    '[AUTH-32] are held through 24 hours in which the issuer answers %s, and are unavailable then',
    async (problem) => {
      const fake = new FakeIssuer(ISSUER, one);
      const { keys, knows, pass } = await started(fake);
      fake.goDown(problem);
      await pass(12 * HOUR);
      expect(await knows(one)).toMatchObject({ ok: true });
      expect(keys.warning).toMatch(/are those of 720 minutes ago/);
      expect(await knows(two), 'which may be a new one').toMatchObject(UNAVAILABLE);
      await pass(12 * HOUR - 1);
      expect(await knows(one)).toMatchObject({ ok: true });
      await pass(1);
      expect(await knows(one)).toMatchObject(UNAVAILABLE);
      expect(keys.warning).toMatch(/^Nobody can log in/);
      fake.publish(two);
      await pass(MINUTE);
      expect(await knows(two)).toMatchObject({ ok: true });
      expect(await knows(one)).toMatchObject(UNAUTHORIZED);
      expect(keys.warning).toBeNull();
    },
  );

  it('[AUTH-32] that stop are asked for no more, and the request under way is given up', async () => {
    const fake = new FakeIssuer(ISSUER, one);
    const letGo = fake.hold();
    const { keys, timers, pass } = await started(fake);
    const stopped = keys.stop();
    letGo();
    await stopped;
    expect(timers.pending).toBe(0);
    await pass(HOUR);
    expect(fake.asked).toHaveLength(1);
  });
});

describe('two issuers with one key id', () => {
  it('[AUTH-36] never verify each other’s tokens', async () => {
    const [a, b] = [await tokenKey('same'), await tokenKey('same')];
    const issuers = await Promise.all(
      [
        ['https://a.test', a],
        ['https://b.test', b],
      ].map(async ([name, key]) => {
        const fake = new FakeIssuer(name as string, key as typeof a);
        const timers = { mono: () => 0, after: () => () => undefined };
        const logger = { info: () => undefined, warn: () => undefined } as never;
        const deps = { issuer: fake.issuer, fetch: fake.fetch, timers, logger };
        const issuer = new OidcIssuer({ ...deps, audience: ['chat'], now: () => NOW });
        issuer.keys.start();
        return issuer;
      }),
    );
    const [first, second] = issuers as [OidcIssuer, OidcIssuer];
    expect(await first.verify(await signedToken('https://a.test', a, NOW))).toMatchObject({ ok: true });
    expect(await second.verify(await signedToken('https://b.test', b, NOW))).toMatchObject({ ok: true });
    expect(await first.verify(await signedToken('https://a.test', b, NOW))).toMatchObject(UNAUTHORIZED);
    expect(await second.verify(await signedToken('https://a.test', a, NOW))).toMatchObject(UNAUTHORIZED);
    expect(await second.verify(await signedToken('https://b.test', a, NOW))).toMatchObject(UNAUTHORIZED);
  });
});
