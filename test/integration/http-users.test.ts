import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import { accountOf, valueOf } from '../contracts/stores.ts';
import { type TestHttp, testHttp, type TestHttpOptions } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

interface Json {
  readonly code: string;
  readonly has_more: boolean;
  readonly next?: string;
  readonly items: readonly Json[];
  readonly user: Json;
  readonly [name: string]: unknown;
}

const AVATAR = 'https://pictures.test/ada.png';

async function start(options: TestHttpOptions = {}) {
  const http = await testHttp(options);
  open = http;
  const ada = accountOf({ name: 'Ada', email: 'ada@x.test' });
  valueOf(await http.accountStore.create(ada, http.clock.now));
  const headers = {
    root: await http.bearer('root', 'admin'),
    mod: await http.bearer('mod', 'moderator'),
    user: await http.bearer('user'),
  };
  const call = async (
    as: keyof typeof headers,
    method: 'GET' | 'PATCH' | 'DELETE' | 'POST',
    url: string,
    payload?: object,
  ) => {
    const answer = await http.app.inject({
      ...{ method, url, headers: { ...headers[as] } },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: (answer.body === '' ? null : answer.json()) as Json };
  };
  return { ...http, ada, call };
}

describe('/users', () => {
  it('[REST-1] lists users to moderators, page after page, and to nobody else', async () => {
    const { call, guest } = await start();
    await guest('Adam');
    const first = (await call('mod', 'GET', '/users?username=ad&limit=1')).body;
    expect(first).toMatchObject({ items: [{ name: 'Ada', guest: false, banned: false }], has_more: true });
    const second = (await call('mod', 'GET', `/users?username=ad&limit=1&after=${first.next ?? ''}`)).body;
    expect(second).toMatchObject({ items: [{ name: 'Adam', kind: 'guest' }], has_more: false });
    const registered = await call('mod', 'GET', '/users?search=da&registered_only=true');
    expect(registered.body.items.map(({ name }) => name)).toEqual(['Ada']);
    expect((await call('user', 'GET', '/users?limit=x')).status).toBe(403);
    expect((await call('mod', 'GET', '/users?limit=x')).status).toBe(400);
  });

  it('[REST-2] shows a user to everybody, more of them to staff, the address to administrators', async () => {
    const { ada, call } = await start();
    const url = `/users/${ada.id}`;
    const shown = { id: ada.id, name: 'Ada', guest: false, roles: ['user'] };
    expect((await call('user', 'GET', url)).body).toEqual({ user: shown });
    const forStaff = { ...shown, kind: 'account', since: 0, banned: false };
    expect((await call('mod', 'GET', url)).body).toEqual({ user: forStaff });
    await call('mod', 'POST', '/users/ban', { banished_id: ada.id, reason: 'spam' });
    const { body } = await call('root', 'GET', url);
    expect(body.user).toMatchObject({
      banned: true,
      ban: { until: null, reason: 'spam' },
      email: 'ada@x.test',
    });
    expect((await call('user', 'GET', '/users/nobody')).status).toBe(404);
  });

  it('[REST-3] changes an account’s name and avatar, for administrators', async () => {
    const { ada, audit, call } = await start();
    const url = `/users/${ada.id}`;
    expect((await call('mod', 'PATCH', url, { name: 'Ida' })).status).toBe(403);
    expect(await call('root', 'PATCH', url, { name: ' Ida ', avatar: AVATAR, reason: 'asked' })).toEqual({
      status: 200,
      body: { user: { id: ada.id, name: 'Ida' }, roles: ['user'], avatar: AVATAR },
    });
    const acts = valueOf(await audit.list({ action: 'profile:changed', limit: 5 })).items;
    expect(acts).toMatchObject([
      {
        actor: { id: 'id-root' },
        reason: 'asked',
        before: { name: 'Ada' },
        after: { name: 'Ida', avatar: AVATAR },
      },
    ]);
    expect((await call('root', 'PATCH', url, { name: 'guest-ida' })).status).toBe(400);
    expect((await call('root', 'PATCH', url, { name: 'guest-x', roles: ['admin'] })).status).toBe(400);
    expect((await call('root', 'GET', url)).body.user).toMatchObject({ name: 'Ida', roles: ['user'] });
    expect((await call('root', 'PATCH', '/users/nobody', { name: 'x' })).status).toBe(404);
  });

  it('[REST-3] leaves those alone whose names are kept elsewhere', async () => {
    const { call, guest } = await start();
    await guest('Gus');
    const [gus] = (await call('root', 'GET', '/users?username=gus')).body.items;
    expect((await call('root', 'PATCH', `/users/${String(gus?.['id'])}`, { name: 'x' })).status).toBe(403);
  });

  it('[REST-4] deletes an account, out of its channels first', async () => {
    const { accountStore, ada, app, asked, audit, call, issuer, memberOf } = await start();
    memberOf.set(ada.id, ['closet']);
    const { token } = await issuer.issue(ada);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(200);
    expect((await call('mod', 'DELETE', `/users/${ada.id}`)).status).toBe(403);
    expect((await call('root', 'DELETE', `/users/${ada.id}?reason=asked`)).status).toBe(204);
    const kick = { user: { id: ada.id }, reason: 'The account was deleted.' };
    expect(asked).toEqual([{ channelId: 'closet', user: 'id-root', type: 'channel:kick', data: kick }]);
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(401);
    expect(valueOf(await accountStore.findById(ada.id))).toBeNull();
    expect((await call('root', 'DELETE', `/users/${ada.id}`)).status).toBe(404);
    const acts = valueOf(await audit.list({ action: 'user:deleted', limit: 5 })).items;
    expect(acts).toMatchObject([
      { actor: { id: 'id-root' }, target: { id: ada.id, name: 'Ada' }, reason: 'asked' },
    ]);
  });

  it('[REST-4] deletes no administrator', async () => {
    const { accountStore, call } = await start();
    const chief = accountOf({ roles: ['user', 'admin'] });
    valueOf(await accountStore.create(chief, 0));
    expect((await call('root', 'DELETE', `/users/${chief.id}`)).status).toBe(403);
  });
});

describe('messages over REST', () => {
  const places = { m1: 'a', m2: 'a', m3: 'b' };
  const refusing = (refused: Readonly<Record<string, 'forbidden' | 'not_found'>>): TestHttpOptions => ({
    messagePlaces: { channelsOf: async () => ok(new Map(Object.entries(places))) },
    shards: {
      presence: async () => ok({ members: [], count: 0 }),
      channelCreated: async () => undefined,
      request: async (_channel, _user, _type, data) => {
        const code = refused[(data as { id: string }).id];
        return code === undefined ? ok({}) : fail(failure(code, 'no such channel'));
      },
      inboxRequest: async () => ok({}),
      counts: async () => ok(new Map()),
      tell: async () => undefined,
      stats: async () => [],
    },
  });

  it('[REST-6] are deleted by their channels, and what isn’t is told', async () => {
    const { call } = await start(refusing({ m2: 'forbidden', m3: 'not_found' }));
    const { status, body } = await call('user', 'DELETE', '/messages', {
      ids: ['m1', 'm2', 'm3', 'm4', 'm1'],
    });
    expect([status, body['deleted']]).toEqual([200, ['m1']]);
    const gone = { code: 'not_found', detail: 'There is no such message.' };
    expect(body['refused']).toMatchObject([
      { id: 'm2', code: 'forbidden' },
      { id: 'm3', ...gone },
      { id: 'm4', ...gone },
    ]);
    const none = await call('user', 'DELETE', '/messages', { ids: ['m4'] });
    expect(none).toMatchObject({ status: 404, body: { refused: [{ id: 'm4' }] } });
    expect((await call('user', 'DELETE', '/messages', { ids: ['m2', 'm4'] })).status).toBe(403);
    expect((await call('user', 'DELETE', '/messages', { ids: [] })).status).toBe(400);
  });

  it('[REST-5] of a user are those of the search', async () => {
    const { call } = await start();
    const answer = await call('user', 'GET', '/users/nobody/messages?limit=5');
    expect(answer).toEqual({ status: 200, body: { items: [], has_more: false } });
    expect((await call('user', 'GET', '/users/nobody/messages?limit=0')).status).toBe(400);
  });
});

describe('older names', () => {
  it('[REST-7] lead to the same routes', async () => {
    const { ada, call } = await start();
    const { body } = await call('mod', 'GET', `/users/${ada.id}`);
    for (const url of [`/user/${ada.id}`, `/api/v1/dashboard/users/${ada.id}`, `/api/user/${ada.id}`]) {
      expect([url, (await call('mod', 'GET', url)).body]).toEqual([url, body]);
    }
    const listed = await call('mod', 'GET', '/api/v1/dashboard/users/?page=1&page_size=1&search=ada');
    expect(listed.body).toMatchObject({ items: [{ name: 'Ada' }], has_more: false });
    expect((await call('mod', 'GET', '/api/dashboard/users?page=2&page_size=1')).body.items).toEqual([]);
    expect((await call('mod', 'GET', '/api/dashboard/users/?page=0')).status).toBe(400);
    expect((await call('mod', 'GET', '/api/dashboard/users/?page=x')).status).toBe(400);
    expect((await call('user', 'GET', '/api/dashboard/users/?page=x')).status).toBe(403);
    expect((await call('mod', 'GET', '/api/dashboard/channels/active')).body).toMatchObject({ items: [] });
    expect((await call('mod', 'GET', '/api/dashboard/channels/members/nowhere')).status).toBe(404);
    expect((await call('mod', 'GET', `/api/dashboard/users/${ada.id}/messages`)).status).toBe(200);
    const signup = { username: 'Newcomer', password: 'Correct1horse' };
    expect((await call('user', 'POST', '/api/v1/auth/signup', signup)).status).toBe(201);
    const login = await call('user', 'POST', '/api/v1/auth/login', signup);
    expect([login.status, typeof login.body['token']]).toEqual([200, 'string']);
    expect((await call('user', 'GET', '/api/v1/auth/login')).status).toBe(405);
    expect((await call('mod', 'GET', '/api/v2/dashboard/users/')).status).toBe(404);
  });
});
