/** Issuers as they are out there: a certified provider, its code flow, its rotation of keys, and its outages. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { derivedUserId } from '../../src/auth/identity.ts';
import {
  type AuthorizationWishes,
  type CodeLogin,
  logInAtProvider,
  REDIRECT_URI,
} from '../support/code-login.ts';
import { AUDIENCE, CLIENT_ID, IdentityProvider, providerKey } from '../support/identity-provider.ts';
import { withClient } from '../support/postgres.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

interface Tokens {
  readonly token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
}

interface ListedIssuer extends AuthorizationWishes {
  readonly issuer: string;
  readonly name: string;
  readonly client_id: string;
}

const PATIENCE_MS = 20_000;
const OPTIONS = { redirectUri: REDIRECT_URI, roles: ['moderator'], tokenSeconds: 600 };
const [first, second, third] = [await providerKey('1'), await providerKey('2'), await providerKey('3')];

let provider: IdentityProvider;
let sleeper: IdentityProvider;
let server: WireServer;
beforeAll(async () => {
  provider = await IdentityProvider.start({ ...OPTIONS, keys: [first] });
  // Down when the server starts.
  sleeper = await IdentityProvider.make({ ...OPTIONS, keys: [third] });
  server = await startWireServer({
    OIDC_ISSUERS: `${provider.issuer},${sleeper.issuer}`,
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_AUDIENCE: AUDIENCE,
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
  await Promise.all([provider.goDown(), sleeper.goDown()]);
});

async function listed(): Promise<ListedIssuer[]> {
  const { items } = (await (await fetch(`${server.url}/oidc/issuers`)).json()) as { items: ListedIssuer[] };
  return items;
}

/** Asks until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await pause(50);
  }
}

const exchange = (body: object) =>
  fetch(`${server.url}/oidc/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const grantOf = (issuer: string, { code, verifier, nonce }: CodeLogin) => ({
  ...{ issuer, grant_type: 'authorization_code', code, code_verifier: verifier, nonce },
  redirect_uri: REDIRECT_URI,
});

/** What the chat page does. */
async function logIn(at: IdentityProvider, name: string): Promise<Tokens> {
  const issuers = await until(listed, (items) => items.some(({ issuer }) => issuer === at.issuer));
  const login = await logInAtProvider(
    name,
    issuers.find(({ issuer }) => issuer === at.issuer)!,
  );
  const answer = await exchange(grantOf(at.issuer, login));
  const body: unknown = await answer.json();
  expect([answer.status, body]).toMatchObject([200, { token: expect.any(String) }]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return body as Tokens;
}

const statusOf = async (token: string) =>
  (await fetch(`${server.url}/channels`, { headers: { authorization: `Bearer ${token}` } })).status;
const ready = async () => {
  const answer = await fetch(`${server.url}/ready`);
  return { code: answer.status, ...((await answer.json()) as { warnings: string[] }) };
};
const userBy = async (token: string) =>
  (await WireClient.connect(server.url, { query: { token } })).welcomed();

describe('an issuer that is down when the server starts', () => {
  it('[AUTH-32] [AUTH-44] [OPS-52] keeps nobody else out, is told in /ready, and is not offered', async () => {
    const { code, warnings } = await until(ready, (answer) => answer.warnings.length > 0);
    expect([code, warnings]).toEqual([
      200,
      [expect.stringContaining(`Nobody can log in with ${sleeper.issuer}`)],
    ]);
    expect(await until(listed, (items) => items.length > 0)).toEqual([
      {
        issuer: provider.issuer,
        name: new URL(provider.issuer).host,
        authorization_endpoint: `${provider.issuer}/auth`,
        client_id: CLIENT_ID,
        scope: 'openid profile offline_access',
        parameters: { audience: AUDIENCE, resource: AUDIENCE },
      },
    ]);
    expect(await statusOf((await logIn(provider, 'early')).token)).toBe(200);
    const refusal = await exchange({
      issuer: sleeper.issuer,
      grant_type: 'refresh_token',
      refresh_token: 'x',
    });
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('[AUTH-31] [AUTH-12] is there when it comes, and its users are others', async () => {
    await sleeper.goUp();
    const [here, there] = [await logIn(provider, 'ada'), await logIn(sleeper, 'ada')];
    const [one, other] = [await userBy(here.token), await userBy(there.token)];
    expect(one.user).toEqual({
      ...{
        id: derivedUserId(provider.issuer, 'ada'),
        name: 'ada',
        guest: false,
        roles: ['user', 'moderator'],
      },
    });
    expect(other.user).toMatchObject({
      id: derivedUserId(sleeper.issuer, 'ada'),
      name: expect.stringMatching(/^ada-/),
    });
    await until(ready, ({ warnings }) => warnings.length === 0);
    expect(await listed()).toHaveLength(2);
  });
});

describe('logging in with an issuer', () => {
  it('[AUTH-45] gives tokens that last as long as they say, and a refresh token that gives the next', async () => {
    const tokens = await logIn(provider, 'grace');
    expect(tokens.expires_in).toBeGreaterThan(590);
    expect(tokens.expires_in).toBeLessThanOrEqual(600);
    const { issuer } = provider;
    const next = await exchange({ issuer, grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(next.status).toBe(200);
    const renewed = (await next.json()) as Tokens;
    const [before, after] = [await userBy(tokens.token), await userBy(renewed.token)];
    expect(renewed.token).not.toBe(tokens.token);
    expect(after.user).toEqual(before.user);
  });

  it('[AUTH-46] takes a code once, with its own verifier and nonce', async () => {
    const { issuer } = provider;
    const [wishes] = await listed();
    const login = async () => logInAtProvider('eve', wishes!);
    const used = grantOf(issuer, await login());
    expect((await exchange(used)).status).toBe(200);
    const refusals = [
      used,
      { ...grantOf(issuer, await login()), code_verifier: 'x'.repeat(43) },
      { ...grantOf(issuer, await login()), nonce: 'another' },
      { ...grantOf(issuer, await login()), nonce: undefined },
      { ...grantOf(issuer, await login()), redirect_uri: 'http://127.0.0.1:9/other' },
      { issuer, grant_type: 'refresh_token', refresh_token: 'made up' },
    ];
    for (const grant of refusals) {
      const answer = await exchange(grant);
      expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'unauthorized' }]);
    }
  });

  it('[AUTH-42] keeps who came, and since when', async () => {
    const { token } = await logIn(provider, 'kept');
    await userBy(token);
    const find = () =>
      withClient(server.database.connectionString, async (client) => {
        const { rows } = await client.query('select * from users where subject = $1', ['kept']);
        return rows as Record<string, unknown>[];
      });
    const [row] = await until(find, (rows) => rows.length > 0);
    expect(row).toMatchObject({
      ...{ id: derivedUserId(provider.issuer, 'kept'), issuer: provider.issuer, name: 'kept' },
      ...{ roles: ['user', 'moderator'], client_id: CLIENT_ID },
    });
    expect(Number(row!['last_seen_at'])).toBeGreaterThan(Date.now() - 60_000);
  });
});

describe('an issuer whose keys change', () => {
  it('[AUTH-31] has tokens by the new and by the old ones taken', async () => {
    const old = await logIn(provider, 'rotated');
    provider.rotate(second, first);
    const fresh = await logIn(provider, 'rotated');
    expect([await statusOf(fresh.token), await statusOf(old.token)]).toEqual([200, 200]);
  });
});

describe('an issuer that goes away', () => {
  it('[AUTH-32] [OPS-52] leaves its tokens good, and unknown keys unavailable until it is back', async () => {
    const known = await logIn(sleeper, 'stays');
    const next = await providerKey('4');
    sleeper.rotate(next, third);
    const [wishes] = (await listed()).filter(({ issuer }) => issuer === sleeper.issuer);
    const login = await logInAtProvider('stays', wishes!);
    // Its tokens come from itself, not by way of this server, which would ask for the new key at once.
    const answer = await fetch(`${sleeper.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', client_id: CLIENT_ID, code: login.code },
        ...{ code_verifier: login.verifier, redirect_uri: REDIRECT_URI, resource: AUDIENCE },
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    await sleeper.goDown();
    expect(await statusOf(token)).toBe(503);
    expect(await statusOf(known.token)).toBe(200);
    const { code, warnings } = await ready();
    expect([code, warnings]).toEqual([200, [expect.stringContaining(`The keys of ${sleeper.issuer}`)]]);
    const client = await WireClient.connect(server.url);
    const refusal = await client.request('hello', undefined, { token });
    expect(refusal).toMatchObject({ type: 'error', data: { code: 'unavailable' } });
    await sleeper.goUp();
    await until(
      () => statusOf(token),
      (found) => found === 200,
    );
    expect(await ready()).toEqual({ code: 200, status: 'ready', warnings: [] });
  });
});
