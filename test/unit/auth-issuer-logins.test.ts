import { describe, expect, it } from 'vitest';
import { IssuerLogins } from '../../src/auth/oidc/issuer-logins.ts';
import type { LoginGrant } from '../../src/auth/oidc/issuer-logins.ts';
import { OidcIssuer } from '../../src/auth/oidc/oidc-issuer.ts';
import { FakeIssuer } from '../support/fake-issuer.ts';
import type { FakeAnswer } from '../support/fake-issuer.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';
import type { TokenChanges } from '../support/token-signer.ts';

const ISSUER = 'https://id.test/realms/chat';
const key = await tokenKey('one');
const CODE: LoginGrant = {
  grant_type: 'authorization_code',
  code: 'c0de',
  code_verifier: 'v'.repeat(43),
  redirect_uri: 'https://chat.test/',
};

interface Wishes {
  readonly clientId?: string | undefined;
  readonly audience?: readonly string[];
  readonly discovery?: Readonly<Record<string, unknown>>;
  readonly issuers?: readonly string[];
}

/** Logins at issuers whose keys are known, by a fake network. */
async function setUp({ clientId = 'page', audience = ['chat'], discovery, issuers = [ISSUER] }: Wishes = {}) {
  const fakes = issuers.map((issuer) => new FakeIssuer(issuer, key));
  const logged: unknown[] = [];
  const log = (...line: readonly unknown[]) => void logged.push(...line);
  const logger = { info: log, warn: log } as never;
  const timers = { mono: () => 0, after: () => () => undefined };
  const now = () => Date.now();
  const known = fakes.map((fake) => {
    if (discovery !== undefined) fake.discovery(discovery);
    const { issuer, fetch } = fake;
    const deps = { issuer, audience, fetch, timers, logger, now };
    return new OidcIssuer(clientId === '' ? deps : { ...deps, clientId });
  });
  for (const { keys } of known) {
    keys.start();
    await keys.find({ alg: 'ES256' });
  }
  const posted: string[] = [];
  const fetch: FakeIssuer['fetch'] = async (url, init) => {
    if (init.body instanceof URLSearchParams) posted.push(init.body.toString());
    return fakes[0]!.fetch(url, init);
  };
  const logins = new IssuerLogins({
    ...{ issuers: known, fetch, logger, now, mono: now, dashboardClient: 'dashboard' },
  });
  const answer = (reply: FakeAnswer) => fakes[0]!.answers.set(`${ISSUER}/token`, reply);
  const exchange = async (grant = CODE) => logins.exchange(ISSUER, grant, '192.0.2.1');
  return { fake: fakes[0]!, logins, posted, logged, answer, exchange };
}

const signed = (changes?: TokenChanges) => signedToken(ISSUER, key, Date.now(), changes);
const tokens = async (change: object = {}) => ({
  ...{ access_token: await signed(), token_type: 'Bearer', expires_in: 5, refresh_token: 'r3fresh' },
  ...change,
});
const json = (status: number, body: object) => async () => Response.json(body, { status });

describe('issuers that one can log in with', () => {
  it('[AUTH-44] are told with what their discovery documents say', async () => {
    const { logins } = await setUp({
      discovery: { scopes_supported: ['openid', 'offline_access', 'offline'] },
    });
    expect(logins.list()).toEqual([
      {
        issuer: ISSUER,
        name: 'id.test',
        authorizationEndpoint: `${ISSUER}/auth`,
        clientId: 'page',
        scope: 'openid profile offline_access',
        parameters: { audience: 'chat' },
      },
    ]);
  });

  it('[DASH-2] know the dashboard as a client of its own', async () => {
    const { logins, answer, posted } = await setUp();
    expect(logins.list('dashboard')).toMatchObject([{ clientId: 'dashboard' }]);
    answer(json(400, { error: 'invalid_grant' }));
    await logins.exchange(ISSUER, CODE, '192.0.2.1', 'dashboard');
    expect(new URLSearchParams(posted[0]).get('client_id')).toBe('dashboard');
  });

  it('[AUTH-44] are asked for a resource where the audience is a URI, and for what keeps one logged in', async () => {
    const { logins } = await setUp({
      audience: ['urn:chat', 'other'],
      discovery: { scopes_supported: ['openid', 'offline'] },
    });
    expect(logins.list()).toMatchObject([
      { scope: 'openid profile offline', parameters: { audience: 'urn:chat', resource: 'urn:chat' } },
    ]);
    const plain = await setUp({ audience: [] });
    expect(plain.logins.list()).toMatchObject([{ scope: 'openid profile', parameters: {} }]);
  });

  it('[AUTH-44] have names that tell them apart', async () => {
    const issuers = [ISSUER, 'https://id.test/realms/shop/', 'https://login.test:8443/'];
    const { logins } = await setUp({ issuers });
    expect(logins.list().map(({ name }) => name)).toEqual([
      'id.test/realms/chat',
      'id.test/realms/shop',
      'login.test:8443',
    ]);
  });

  it.each<[string, Wishes]>([
    ['without a client id', { clientId: '' }],
    ['without an authorization endpoint', { discovery: { authorization_endpoint: undefined } }],
    ['with a script for one', { discovery: { authorization_endpoint: 'javascript:alert(1)' } }],
    ['with an address in the open for tokens', { discovery: { token_endpoint: 'http://id.test/token' } }],
    ['that doesn’t answer', { discovery: { issuer: 'https://other.test' } }],
  ])('[AUTH-44] are none %s', async (_name, wishes) => {
    expect((await setUp(wishes)).logins.list()).toEqual([]);
  });
});

describe('changing a code for tokens', () => {
  it('[AUTH-45] asks the issuer with verifier, address and client id, and tells when the token ends', async () => {
    const { answer, exchange, posted, fake } = await setUp({ audience: ['https://chat.test/api', 'chat'] });
    answer(await tokens({ id_token: await idToken({ nonce: 'n0nce' }) }));
    const login = await exchange({ ...CODE, nonce: 'n0nce' });
    expect(login).toMatchObject({ ok: true, value: { refreshToken: 'r3fresh' } });
    expect(
      login.ok ? login.value.expiresIn : 0,
      'by the token, not by what stands beside it',
    ).toBeGreaterThan(250);
    expect(Object.fromEntries(new URLSearchParams(posted[0]))).toEqual({
      ...CODE,
      client_id: 'page',
      resource: 'https://chat.test/api',
    });
    expect(fake.asked.at(-1)).toBe(`${ISSUER}/token`);
  });

  it('[AUTH-45] takes refresh tokens, and says nothing of one that stays good', async () => {
    const { answer, exchange, posted } = await setUp();
    answer(await tokens({ refresh_token: undefined }));
    const login = await exchange({ grant_type: 'refresh_token', refresh_token: 'r0' });
    expect(login).toEqual({ ok: true, value: { token: expect.any(String), expiresIn: expect.any(Number) } });
    expect(posted).toEqual(['grant_type=refresh_token&refresh_token=r0&client_id=page']);
  });

  it.each<[string, () => Promise<object>]>([
    ['an ID token for another client', async () => ({ id_token: await idToken({ aud: 'shop' }) })],
    [
      'an ID token of another issuer',
      async () => ({ id_token: await idToken({ iss: 'https://other.test' }) }),
    ],
    ['an ID token that ended', async () => ({ id_token: await idToken({ exp: 1 }) })],
    ['an ID token with a nonce that nobody gave', async () => ({ id_token: await idToken({ nonce: 'n' }) })],
    ['another type of token', async () => ({ token_type: 'mac' })],
    ['no token', async () => ({ access_token: undefined })],
  ])('[AUTH-46] %s is unauthorized', async (_name, change) => {
    const { answer, exchange } = await setUp();
    answer(await tokens(await change()));
    expect(await exchange()).toMatchObject({ ok: false, failure: { code: 'unauthorized' } });
  });

  it.each<[string, object]>([
    ['is no JWT', { access_token: 'opaque' }],
    ['is not one that this server takes', {}],
  ])(
    '[AUTH-45] an access token that %s is not handed out: the answer says what to set',
    async (what, change) => {
      const { answer, exchange, logged } = await setUp({ audience: ['https://chat.test/api'] });
      answer(await tokens(change));
      const refusal = await exchange();
      expect(refusal).toMatchObject({ ok: false, failure: { code: 'unauthorized' } });
      const { message } = refusal.ok ? { message: '' } : refusal.failure;
      expect(message).toContain(what);
      expect(message).toContain('OIDC_AUDIENCE');
      expect(JSON.stringify(logged)).toContain('OIDC_AUDIENCE');
      const unset = await setUp({ audience: [], clientId: 'shop' });
      unset.answer(await tokens(change));
      expect(await unset.exchange()).toMatchObject({
        failure: { message: expect.stringContaining('register this server as an API') },
      });
    },
  );

  it.each<[string, FakeAnswer, string]>([
    ['a code that isn’t good', json(400, { error: 'invalid_grant' }), 'unauthorized'],
    ['a client that it doesn’t know', json(401, { error: 'invalid_client' }), 'unauthorized'],
    ['what isn’t JSON', async () => new Response('<html>'), 'unauthorized'],
    ['a redirect', async () => new Response(null, { status: 302 }), 'unauthorized'],
    ['that it is busy', json(400, { error: 'temporarily_unavailable' }), 'unavailable'],
    ['500', 500, 'unavailable'],
    ['429', 429, 'unavailable'],
    ['nothing', new Error('connect ECONNREFUSED'), 'unavailable'],
  ])('[AUTH-46] an issuer that answers %s is %s', async (_name, reply, code) => {
    const { answer, exchange, logged } = await setUp();
    answer(reply);
    expect(await exchange()).toMatchObject({ ok: false, failure: { code } });
    expect(JSON.stringify(logged)).not.toContain('c0de');
  });

  it('[AUTH-46] an issuer that nobody can log in with is bad_request', async () => {
    const { logins } = await setUp();
    const BAD = { ok: false, failure: { code: 'bad_request' } };
    for (const issuer of ['https://other.test', `${ISSUER}/`, '', '__proto__']) {
      expect(await logins.exchange(issuer, CODE, '192.0.2.1')).toMatchObject(BAD);
    }
    expect(await (await setUp({ clientId: '' })).exchange()).toMatchObject(BAD);
  });

  it('[AUTH-46] attempts of one address are limited, and those that are too many ask nobody', async () => {
    const { answer, exchange, posted, logins } = await setUp();
    answer(json(400, { error: 'invalid_grant' }));
    const codes = new Map<string, number>();
    for (let attempt = 0; attempt < 70; attempt += 1) {
      const refusal = await exchange();
      if (refusal.ok) throw new Error('it was taken');
      const { code } = refusal.failure;
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.get('rate_limited')).toBeGreaterThan(0);
    expect(posted.length).toBe(codes.get('unauthorized'));
    expect(await logins.exchange(ISSUER, CODE, '192.0.2.2')).toMatchObject({
      failure: { code: 'unauthorized' },
    });
  });
});

async function idToken(claims: object): Promise<string> {
  return signed({ header: { typ: 'JWT' }, claims: { aud: 'page', ...claims } });
}
