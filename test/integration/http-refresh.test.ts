import { afterEach, describe, expect, it } from 'vitest';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { problemText, testHttp } from '../support/http.ts';
import { startServer } from '../support/server-process.ts';
import { startWireServer } from '../support/wire-server.ts';

const CREDENTIALS = { username: 'ada', password: 'correct horse' };
const PROBLEM = /^application\/problem\+json/;

interface Tokens {
  readonly token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
}

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => {
  const http = (open = await testHttp(options));
  const post = (url: string, payload: object | string) =>
    http.app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } });
  return { ...http, post };
};
/** The same, with one who has logged in. */
const loggedIn = async () => {
  const http = await start();
  const registered = (await http.post('/register', CREDENTIALS)).json<{ user: { id: string } }>();
  const login = (await http.post('/login', CREDENTIALS)).json<Tokens>();
  return { ...http, userId: registered.user.id, login };
};
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

describe('POST /refresh', () => {
  it('[AUTH-22] answers tokens that go on, with the roles of now', async () => {
    const { post, accountStore, userId, login, authenticator } = await loggedIn();
    await accountStore.setRoles(userId, ['user', 'moderator'], 0);
    const answer = await post('/refresh', { refresh_token: login.refresh_token });
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const next = answer.json<Tokens>();
    expect(next).toEqual({
      token: expect.any(String),
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[\w-]{64}$/),
    });
    expect(next.refresh_token).not.toBe(login.refresh_token);
    expect(await authenticator.fromToken(next.token)).toMatchObject({
      value: { user: { id: userId, name: 'ada', roles: ['user', 'moderator'] } },
    });
    expect((await post('/refresh', { refresh_token: next.refresh_token })).statusCode).toBe(200);
  });

  it('[AUTH-23] answers a second use 401, and all that followed the first', async () => {
    const { post, login } = await loggedIn();
    const next = (await post('/refresh', login)).json<Tokens>();
    expect((await post('/refresh', login)).statusCode).toBe(401);
    expect((await post('/refresh', next)).statusCode).toBe(401);
    const again = (await post('/login', CREDENTIALS)).json<Tokens>();
    expect((await post('/refresh', again)).statusCode).toBe(200);
  });

  it('[AUTH-25] answers whatever is no good token with one 401', async () => {
    const { post, login } = await loggedIn();
    const bodies = [];
    for (const token of ['', login.token, 'x'.repeat(64), 'x'.repeat(60_000), '\0', '\ud800']) {
      const answer = await post('/refresh', { refresh_token: token });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['content-type']).toMatch(PROBLEM);
      bodies.push(problemText(answer));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0]!)).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it.each(['/refresh', '/logout'])('[AUTH-25] a body of %s that does not fit is 400', async (url) => {
    const { post } = await start();
    for (const payload of ['{}', '[]', 'null', '{"refresh_token":null}', '{"refresh_token":7}', '{']) {
      const answer = await post(url, payload);
      expect([payload, answer.statusCode]).toEqual([payload, 400]);
      expect(answer.headers['content-type']).toMatch(PROBLEM);
    }
  });

  it('[AUTH-26] is 429 with Retry-After for a network that asks too often', async () => {
    let host = 0;
    const { post } = await start({ clientAddress: () => `2001:db8::${(host += 1).toString(16)}` });
    for (let n = 0; n < 60; n += 1) {
      expect((await post('/refresh', { refresh_token: 'x' })).statusCode).toBe(401);
    }
    const answers = [
      await post('/refresh', { refresh_token: 'x' }),
      await post('/logout', { refresh_token: 'x' }),
    ];
    for (const answer of answers) {
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '1']);
    }
  });
});

describe('POST /logout', () => {
  it('[AUTH-24] answers 204 and ends what came of the login, once and for all', async () => {
    const { post, login } = await loggedIn();
    const next = (await post('/refresh', login)).json<Tokens>();
    const elsewhere = (await post('/login', CREDENTIALS)).json<Tokens>();
    for (const tokens of [next, next, { refresh_token: 'x' }]) {
      const answer = await post('/logout', { refresh_token: tokens.refresh_token });
      expect([answer.statusCode, answer.body]).toEqual([204, '']);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
    expect((await post('/refresh', next)).statusCode).toBe(401);
    expect((await post('/refresh', elsewhere)).statusCode).toBe(200);
  });
});

describe('a real server', () => {
  it('[AUTH-22] takes the refresh tokens that it gave before a restart', async () => {
    const server = await startWireServer();
    const ask = async (url: string, path: string, payload: object) => {
      const answer = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(payload),
      });
      return { status: answer.status, tokens: (await answer.json()) as Tokens };
    };
    try {
      await ask(server.url, 'register', CREDENTIALS);
      const login = await ask(server.url, 'login', CREDENTIALS);
      const next = await ask(server.url, 'refresh', login.tokens);
      expect([login.status, next.status]).toEqual([200, 200]);
      await server.stop();
      const restarted = await startServer({ env: { DATABASE_URL: server.database.connectionString } });
      try {
        expect((await ask(restarted.url, 'refresh', next.tokens)).status).toBe(200);
        expect((await ask(restarted.url, 'refresh', login.tokens)).status).toBe(401);
      } finally {
        await restarted.stop();
      }
    } finally {
      await server.end();
    }
  });
});
