/** The page's part of signing in: what is kept, renewed and sent, without a browser. */
import { describe, expect, it } from 'vitest';
import { AccountApi } from '../../web/src/state/account-api.ts';
import type { TextStorage } from '../../web/src/state/browser-storage.ts';
import { IssuerApi, type IssuerOffer } from '../../web/src/state/issuer-api.ts';
import { IssuerRedirect, withoutAnswer } from '../../web/src/state/issuer-redirect.ts';
import { LoginSession } from '../../web/src/state/login-session.ts';
import type { NewestLogin } from '../../web/src/state/newest-login.ts';
import { SavedSession, type SavedLogin } from '../../web/src/state/saved-session.ts';
import type { Answer, RequestParts, ServerRequests } from '../../web/src/state/server-requests.ts';

const PAGE = 'https://chat.example/here/';
const OFFER: IssuerOffer = {
  issuer: 'https://id.example/',
  name: 'id.example',
  authorizationEndpoint: 'https://id.example/auth?tenant=7',
  clientId: 'chat',
  scope: 'openid',
  parameters: { audience: 'api', state: 'not this one' },
};

function memory(): TextStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  };
}

function redirect() {
  const gone: string[] = [];
  const one = new IssuerRedirect({
    storage: memory(),
    redirectUri: PAGE,
    subtle: crypto.subtle,
    randomBytes: (bytes) => crypto.getRandomValues(bytes),
    go: (address) => void gone.push(address),
  });
  return { redirect: one, gone };
}

/** What the issuer sends back for the request in `address`. */
function answerTo(address: string | undefined, parameters: Readonly<Record<string, string>>): URL {
  const back = new URL(PAGE);
  back.searchParams.set('state', new URL(address ?? '').searchParams.get('state') ?? '');
  for (const [name, value] of Object.entries(parameters)) back.searchParams.set(name, value);
  return back;
}

describe('a sign-in with an issuer', () => {
  it('[PAGE-40] sends a challenge, and exchanges the code with what belongs to it', async () => {
    const { redirect: one, gone } = redirect();
    expect(await one.begin(OFFER, 'games')).toBeNull();
    const sent = new URL(gone[0] ?? '');
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      tenant: '7',
      audience: 'api',
      response_type: 'code',
      client_id: 'chat',
      scope: 'openid',
      redirect_uri: PAGE,
      code_challenge_method: 'S256',
    });
    const back = one.finish(answerTo(gone[0], { code: 'c1', iss: OFFER.issuer }));
    if (back.kind !== 'code') throw new Error(back.kind);
    const { verifier, nonce } = back.exchange;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
    expect(sent.searchParams.get('code_challenge')).toBe(Buffer.from(digest).toString('base64url'));
    expect(sent.searchParams.get('nonce')).toBe(nonce);
    expect(back).toMatchObject({ channel: 'games', exchange: { code: 'c1', redirectUri: PAGE } });
    // RFC 7636, section 4.1.
    expect(verifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/u);
  });

  it('[PAGE-41] takes an answer once, of the newest try alone, and of its issuer alone', async () => {
    const { redirect: one, gone } = redirect();
    await one.begin(OFFER, null);
    await one.begin(OFFER, null);
    expect(one.finish(answerTo(gone[0], { code: 'c1' }))).toMatchObject({ kind: 'refused' });
    expect(one.finish(answerTo(gone[1], { code: 'c1' }))).toMatchObject({ kind: 'code' });
    expect(one.finish(answerTo(gone[1], { code: 'c1' }))).toMatchObject({ kind: 'refused' });
    await one.begin(OFFER, null);
    const other = { code: 'c1', iss: 'https://id.example' };
    expect(one.finish(answerTo(gone[2], other))).toMatchObject({ kind: 'refused' });
    await one.begin(OFFER, null);
    const refusal = one.finish(
      answerTo(gone[3], { error: 'server_error', error_description: 'x'.repeat(5_000) }),
    );
    if (refusal.kind !== 'refused') throw new Error(refusal.kind);
    expect(refusal.problem.length).toBeLessThan(300);
    expect(one.finish(new URL(`${PAGE}?state=mine`))).toEqual({ kind: 'none' });
  });

  it('[PAGE-40] leaves of the address what is not the answer’s', () => {
    const address = new URL(`${PAGE}?channel=games&code=c&state=s&iss=i&session_state=x#y`);
    expect(withoutAnswer(address).href).toBe(`${PAGE}?channel=games#y`);
  });
});

/** A session whose server answers from `answers`, in order; the tests move its clock. */
function session(...answers: readonly Answer<unknown>[]) {
  const asked: { readonly path: string; readonly body: object | undefined }[] = [];
  const requests = {
    send: async (_method: string, path: string, { body }: RequestParts = {}) => {
      asked.push({ path, body });
      return answers[asked.length - 1] ?? { ok: false, problem: 'nobody there', final: false, status: 0 };
    },
  } as unknown as ServerRequests;
  const clock = { now: 1_000_000 };
  const storage = memory();
  const saved = new SavedSession(storage, '/');
  let logins = 0;
  let kept: SavedLogin | null = null;
  const newest: NewestLogin = {
    read: async () => kept,
    keep: async (login) => void (kept = login),
    forget: async () => void (kept = null),
  };
  const options = {
    accounts: new AccountApi(requests),
    issuers: new IssuerApi(requests),
    saved,
    newest,
    newId: () => `login ${(logins += 1)}`,
    now: () => clock.now,
    exclusively: async <T>(work: () => Promise<T>) => work(),
  };
  return { asked, clock, saved, login: new LoginSession(options), again: new LoginSession(options) };
}

const ISSUER = { kind: 'issuer', issuer: OFFER.issuer, issuerName: OFFER.name } as const;
const tokens = (token: string, refresh?: string): Answer<unknown> => ({
  ok: true,
  value: { token, expires_in: 3600, ...(refresh === undefined ? {} : { refresh_token: refresh }) },
});

describe('a login', () => {
  it('[PAGE-42] is renewed with its issuer before it ends; a refresh token that stays is kept', async () => {
    const { asked, clock, login, saved } = session(tokens('t2'), tokens('t3', 'r2'));
    await login.begin({ token: 't1', refreshToken: 'r1', expiresInMs: 3_600_000 }, ISSUER);
    expect(await login.token()).toBe('t1');
    clock.now += 3_600_000 - 120_000;
    expect(await login.token()).toBe('t2');
    expect(asked).toEqual([
      {
        path: 'oidc/token',
        body: { issuer: OFFER.issuer, grant_type: 'refresh_token', refresh_token: 'r1' },
      },
    ]);
    clock.now += 3_600_000;
    expect(await login.token()).toBe('t3');
    expect(saved.identity()).toMatchObject({ kind: 'issuer', refreshToken: 'r2', issuerName: OFFER.name });
  });

  it('[PAGE-42] that can’t be renewed gives its last token, and none is made up where the server is away', async () => {
    const final = { ok: false, problem: 'over', final: true, status: 401 } as const;
    const { clock, login } = session(final);
    await login.begin({ token: 't1', refreshToken: 'r1', expiresInMs: 3_600_000 }, ISSUER);
    clock.now += 3_600_000;
    expect(await login.token()).toBe('t1');
    await expect(login.token()).rejects.toThrow('nobody there');
  });

  it('[PAGE-42] uses no refresh token that another tab has used up, though it hasn’t heard of it yet', async () => {
    const { asked, clock, login, saved, again } = session(tokens('t2', 'r2'), tokens('t3', 'r3'));
    await login.begin({ token: 't1', refreshToken: 'r1', expiresInMs: 3_600_000 });
    const before = saved.identity();
    clock.now += 3_600_000;
    expect(await login.token()).toBe('t2');
    // What the other tab reads is old.
    if (before !== null) saved.keepIdentity(before);
    expect(await again.token()).toBe('t2');
    expect(asked).toHaveLength(1);
    expect(saved.identity()).toMatchObject({ refreshToken: 'r2' });
    // Signing out ends the login by its newest token, too.
    if (before !== null) saved.keepIdentity(before);
    await again.end();
    expect(asked.at(-1)).toEqual({ path: 'logout', body: { refresh_token: 'r2' } });
    expect(saved.identity()).toBeNull();
  });

  it('[PAGE-42] of another person, kept from before, is not taken for this one', async () => {
    const { asked, clock, login, saved, again } = session(tokens('t2', 'r2'));
    await login.begin({ token: 't1', refreshToken: 'r1', expiresInMs: 3_600_000 });
    const mine = saved.identity();
    await again.begin({ token: 'a', refreshToken: 'ra', expiresInMs: 9_000_000 });
    if (mine !== null) saved.keepIdentity(mine);
    clock.now += 3_600_000;
    expect(await login.token()).toBe('t2');
    expect(asked[0]?.body).toEqual({ refresh_token: 'r1' });
  });

  it('[PAGE-47] of another tab, or a new password, is noticed as newer, once', async () => {
    const { login, again } = session();
    await login.begin({ token: 't1', refreshToken: 'r1', expiresInMs: 3_600_000 });
    await login.token();
    expect(await login.hasNewer()).toBe(false);
    await again.begin({ token: 't2', refreshToken: 'r2', expiresInMs: 3_600_000 });
    expect(await login.hasNewer()).toBe(true);
    expect(await login.token()).toBe('t2');
    expect(await login.hasNewer()).toBe(false);
  });

  it('[PAGE-40] offers only issuers whose pages are web pages', async () => {
    const item = (endpoint: string) => ({
      issuer: endpoint,
      name: '',
      authorization_endpoint: endpoint,
      client_id: 'c',
      scope: 'openid',
      parameters: { audience: 'a', odd: 7 },
    });
    const items = [item('javascript:alert(1)'), item('https://id.example/auth'), { issuer: 7 }, null];
    const answer: Answer<unknown> = { ok: true, value: { items } };
    const api = new IssuerApi({ send: async () => answer } as unknown as ServerRequests);
    const offers = await api.offers();
    expect(
      offers.ok && offers.value.map(({ issuer, name, parameters }) => [issuer, name, parameters]),
    ).toEqual([['https://id.example/auth', 'https://id.example/auth', { audience: 'a' }]]);
  });
});
