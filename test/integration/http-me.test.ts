import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestHttp } from '../support/http.ts';
import { testHttp } from '../support/http.ts';
import { FOREIGN_ISSUER, foreignUser } from '../support/foreign-user.ts';

const CREDENTIALS = { username: 'ada', password: 'correct horse', email: 'ada@chat.test' };
const AVATAR = 'https://pictures.test/ada.png';

interface Tokens {
  readonly token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
}

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

/** Ada's account, logged in, and ways to ask. */
async function start() {
  const http = (open = await testHttp());
  const ask = (method: 'GET' | 'PATCH' | 'POST', url: string, bearer?: string, payload?: object | string) =>
    http.app.inject({
      ...{ method, url },
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
  await ask('POST', '/register', undefined, CREDENTIALS);
  const logIn = async (password = CREDENTIALS.password) => {
    const { username } = CREDENTIALS;
    return (await ask('POST', '/login', undefined, { username, password })).json<Tokens>();
  };
  const login = await logIn();
  const guest = (await http.guest('Bob')).authorization.replace('Bearer ', '');
  return { ...http, ask, logIn, login, guest };
}

describe('GET /me', () => {
  it('[AUTH-54] tells of an account what its record says now, not what the token does', async () => {
    const { ask, login, accountStore } = await start();
    const answer = await ask('GET', '/me', login.token);
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const user = {
      id: expect.any(String),
      name: 'ada',
      guest: false,
      roles: ['user'],
      email: 'ada@chat.test',
    };
    expect(answer.json()).toEqual({ user });
    const { id } = answer.json<{ user: { id: string } }>().user;
    await accountStore.changeProfile(id, { name: 'Ada L', avatar: AVATAR }, 0);
    await accountStore.setRoles(id, ['user', 'moderator'], 0);
    expect((await ask('GET', '/me', login.token)).json()).toEqual({
      user: { ...user, id, name: 'Ada L', roles: ['user', 'moderator'], avatar: AVATAR },
    });
  });

  it('[AUTH-54] is for guests too, and for users of other issuers', async () => {
    const { ask, guest, authenticator } = await start();
    expect((await ask('GET', '/me', guest)).json()).toEqual({
      user: { id: expect.any(String), name: 'Bob', guest: true, roles: ['guest'] },
    });
    authenticator.fromBearer = foreignUser({ name: 'Eve', avatar: AVATAR });
    expect((await ask('GET', '/me', 'x')).json()).toEqual({
      user: { id: expect.any(String), name: 'Eve', guest: false, roles: ['user'], avatar: AVATAR },
    });
  });

  it('[AUTH-54] is 401 without a token that holds, and for an account that is gone', async () => {
    const { ask, issuer } = await start();
    const { token } = await issuer.issue({ id: randomUUID(), name: 'gone', roles: ['user'] });
    for (const bearer of [undefined, 'x', token]) {
      expect((await ask('GET', '/me', bearer)).statusCode).toBe(401);
    }
  });
});

describe('PATCH /me', () => {
  it('[AUTH-55, AUTH-56] changes name and avatar, each for itself, and answers as GET does', async () => {
    const { ask, login } = await start();
    const patch = async (payload: object) => (await ask('PATCH', '/me', login.token, payload)).json();
    const user = { id: expect.any(String), guest: false, roles: ['user'], email: 'ada@chat.test' };
    expect(await patch({ name: ' Ada  L ' })).toEqual({ user: { ...user, name: 'Ada L' } });
    expect(await patch({ avatar: AVATAR })).toEqual({ user: { ...user, name: 'Ada L', avatar: AVATAR } });
    expect(await patch({})).toEqual({ user: { ...user, name: 'Ada L', avatar: AVATAR } });
    expect(await patch({ name: 'ada l', avatar: null })).toEqual({ user: { ...user, name: 'ada l' } });
    expect((await ask('GET', '/me', login.token)).json()).toEqual({ user: { ...user, name: 'ada l' } });
  });

  it('[AUTH-57] holds for older tokens at once, and for those of the next refresh', async () => {
    const { ask, login, authenticator } = await start();
    await ask('PATCH', '/me', login.token, { name: 'Ada L', avatar: AVATAR });
    const user = { name: 'Ada L', avatar: AVATAR };
    expect(await authenticator.fromToken(login.token)).toMatchObject({ value: { user } });
    const next = (await ask('POST', '/refresh', undefined, login)).json<Tokens>();
    expect(JSON.parse(Buffer.from(next.token.split('.')[1]!, 'base64url').toString())).toMatchObject({
      ...{ name: 'Ada L', picture: AVATAR },
    });
    const other = await ask('POST', '/register', undefined, { username: 'ada', password: 'correct horse' });
    expect(other.statusCode).toBe(201);
  });

  it('[AUTH-55] answers 409 for a name that is taken and 400 for what can be none', async () => {
    const { ask, login } = await start();
    const status = async (payload: object | string) =>
      (await ask('PATCH', '/me', login.token, payload)).statusCode;
    await ask('POST', '/register', undefined, { username: 'paul', password: 'correct horse' });
    for (const name of ['Paul', 'pauI', 'BOB']) expect(await status({ name })).toBe(409);
    for (const body of [{ name: '' }, { name: 'guest-x' }, { name: null }, { name: 7 }, '[]', 'null', '{']) {
      expect([body, await status(body)]).toEqual([body, 400]);
    }
    for (const avatar of ['javascript:alert(1)', '', 7, {}]) expect(await status({ avatar })).toBe(400);
  });

  it('[AUTH-58] answers 429 with Retry-After to who changes all the time', async () => {
    const { ask, login } = await start();
    for (let n = 0; n < 10; n += 1) await ask('PATCH', '/me', login.token, { name: `Ada ${n}` });
    const answer = await ask('PATCH', '/me', login.token, { name: 'Ada' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '60']);
  });
});

describe('POST /change-password', () => {
  const change = { current_password: CREDENTIALS.password, new_password: 'battery staple' };

  it('[AUTH-52] answers tokens like a login, and everything that came before is of no use', async () => {
    const { ask, logIn, login, clock, applied } = await start();
    const elsewhere = await logIn();
    clock.now += 1;
    const answer = await ask('POST', '/change-password', login.token, change);
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    const fresh = answer.json<Tokens>();
    expect(fresh).toEqual({
      token: expect.any(String),
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[\w-]{64}$/),
    });
    await applied();
    for (const { token, refresh_token } of [login, elsewhere]) {
      expect((await ask('GET', '/me', token)).statusCode).toBe(401);
      expect((await ask('POST', '/refresh', undefined, { refresh_token })).statusCode).toBe(401);
    }
    expect((await ask('GET', '/me', fresh.token)).statusCode).toBe(200);
    expect((await ask('POST', '/refresh', undefined, fresh)).statusCode).toBe(200);
    expect((await logIn()).token).toBeUndefined();
    expect((await logIn('battery staple')).token).toBeDefined();
  });

  it('[AUTH-53] answers 403 to a wrong password, 400 to one that can be none, 401 without a token', async () => {
    const { ask, login } = await start();
    const status = async (payload: object, bearer: string | undefined = login.token) =>
      (await ask('POST', '/change-password', bearer, payload)).statusCode;
    expect(await status({ ...change, current_password: 'wrong horse' })).toBe(403);
    expect(await status({ ...change, new_password: '1234567' })).toBe(400);
    expect(await status({ new_password: 'battery staple' })).toBe(400);
    expect((await ask('POST', '/change-password', undefined, change)).statusCode).toBe(401);
    for (let n = 0; n < 9; n += 1) await status({ ...change, current_password: 'wrong horse' });
    expect(await status(change)).toBe(429);
  });
});

describe('what only accounts have', () => {
  it('[AUTH-59] is 403 for guests and users of other issuers, which says where to turn, whatever is sent', async () => {
    const { ask, guest, authenticator } = await start();
    const answers = async (bearer: string) => [
      await ask('PATCH', '/me', bearer, { name: 'Eve' }),
      await ask('PATCH', '/me', bearer, '['),
      await ask('POST', '/change-password', bearer, { current_password: 'x', new_password: 'y' }),
    ];
    for (const answer of await answers(guest)) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json<{ detail: string }>().detail).toMatch(/Register/);
    }
    authenticator.fromBearer = foreignUser({ name: 'Eve' });
    for (const answer of await answers('x')) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json<{ detail: string }>().detail).toContain(FOREIGN_ISSUER);
    }
  });
});
