/** Rights that change while people are connected, over real sockets, threads and PostgreSQL. */
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken, type TokenWishes } from '../support/server-tokens.ts';
import { startServer } from '../support/server-process.ts';
import { closeWireClients, refusedUpgrade, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let admin: string;
const SECRET = 'a secret that only this test and its server know';
beforeAll(async () => {
  server = await startWireServer({
    CHANNEL_CREATION: 'moderators',
    JWT_SECRET: SECRET,
    DASHBOARD_CLIENT_IDS: 'board',
  });
  admin = await tokenFor({ name: 'Root', roles: ['user', 'admin'] });
});
afterEach(closeWireClients);
afterAll(() => server.end());

const tokenFor = (wishes: TokenWishes): Promise<string> =>
  serverToken(server.database.connectionString, wishes);

async function enter(token: string, url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

async function revoke(body: object, token = admin): Promise<Response> {
  return fetch(`${server.url}/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A token of a program that shares the secret. */
const sharedToken = (claims: object): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

async function setRoles(id: string, roles: unknown, token = admin): Promise<Response> {
  return fetch(`${server.url}/users/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ roles }),
  });
}

const codeOf = async (answer: Response): Promise<[number, unknown]> => [
  answer.status,
  ((await answer.json()) as { code: unknown }).code,
];

describe('revocation', () => {
  it('[LIVE-1] [LIVE-5] of a token closes its connections in all channels, and opens none any more', async () => {
    const roles = ['user', 'moderator'] as const;
    const [token, other] = await Promise.all([tokenFor({ name: 'Ada', roles }), tokenFor({ name: 'Bob' })]);
    const [query, header, bystander] = await Promise.all([enter(token), enter(token), enter(other)]);
    await query.join('a');
    await header.join('b');
    expect((await revoke({ token_id: decodeJwt(token).jti })).status).toBe(204);
    expect((await query.closed).code).toBe(4004);
    expect((await header.closed).code).toBe(4004);
    expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
    expect(await refusedUpgrade(server.url, { query: { token } })).toMatchObject({ status: 401 });
    const hello = await WireClient.connect(server.url);
    hello.send({ type: 'hello', data: { token } });
    expect((await hello.closed).code).toBe(4001);
    const rest = await fetch(`${server.url}/channels`, { headers: { authorization: `Bearer ${token}` } });
    expect(await codeOf(rest)).toEqual([401, 'unauthorized']);
    expect(await bystander.request('auth:refresh', undefined, { token })).toMatchObject({
      data: { code: 'unauthorized' },
    });
  });

  it('[LIVE-1] of a user ends what was signed before and nothing that is signed since', async () => {
    const id = 'user-of-two-tokens';
    const old = await enter(await tokenFor({ id, name: 'Cleo' }));
    expect((await revoke({ user_id: id })).status).toBe(204);
    expect((await old.closed).code).toBe(4004);
    const fresh = await enter(await tokenFor({ id, name: 'Cleo' }));
    expect((await revoke({ user_id: id, since: 1_000 })).status).toBe(204);
    expect(await fresh.request('ping')).toMatchObject({ type: 'pong' });
  });

  it('[LIVE-2] survives a restart, and reaches the other servers of the database', async () => {
    const env = { SHARDS: '2', DATABASE_URL: server.database.connectionString };
    const [here, there] = await Promise.all([tokenFor({ name: 'Here' }), tokenFor({ name: 'There' })]);
    const second = await startServer({ env });
    try {
      const elsewhere = await enter(there, second.url);
      await revoke({ token_id: decodeJwt(there).jti });
      expect((await elsewhere.closed).code).toBe(4004);
      await revoke({ token_id: decodeJwt(here).jti });
    } finally {
      await second.stop();
    }
    const again = await startServer({ env });
    try {
      expect(await refusedUpgrade(again.url, { query: { token: here } })).toMatchObject({ status: 401 });
    } finally {
      await again.stop();
    }
  });

  it('[LIVE-5] is for administrators, and says what is wrong with what was sent', async () => {
    const moderator = await tokenFor({ name: 'Mod', roles: ['user', 'moderator'] });
    expect(await codeOf(await revoke({ token_id: 'x' }, 'nonsense'))).toEqual([401, 'unauthorized']);
    expect(await codeOf(await revoke({}, moderator))).toEqual([403, 'forbidden']);
    const bad = [
      {},
      { token_id: 'a', user_id: 'b' },
      { token_id: 'a', since: 5 },
      { user_id: 'b', since: Date.now() + 60_000 },
      { user_id: '' },
      { token_id: 'a'.repeat(257) },
      { user_id: 'a\0b' },
    ];
    for (const body of bad) expect(await codeOf(await revoke(body))).toEqual([400, 'bad_request']);
  });

  it('[LIVE-9] of a guest makes a new one of them', async () => {
    const guest = await WireClient.guest(server.url, 'Gus');
    const { id } = guest.user;
    const { guestToken } = guest;
    const back = await WireClient.guest(server.url, undefined, { guestToken });
    expect(back.user.id).toBe(id);
    expect((await revoke({ user_id: id })).status).toBe(204);
    expect((await guest.closed).code).toBe(4004);
    const anew = await WireClient.guest(server.url, 'Gus', { guestToken });
    expect(anew.user.id).not.toBe(id);
    const renamed = await WireClient.guest(server.url, 'Another name', { guestToken });
    expect(renamed.user.id).not.toBe(id);
    const rest = await fetch(`${server.url}/channels`, {
      headers: { authorization: `Bearer ${guestToken}` },
    });
    expect(rest.status).toBe(401);
  });
});

describe('roles', () => {
  it('[LIVE-3] [LIVE-10] of an account that change hold on all its open connections, over every shard', async () => {
    const json = { 'content-type': 'application/json' };
    const account = JSON.stringify({ username: 'Nora', password: 'correct horse battery' });
    await fetch(`${server.url}/register`, { method: 'POST', headers: json, body: account });
    const login = await fetch(`${server.url}/login`, { method: 'POST', headers: json, body: account });
    const { token } = (await login.json()) as { token: string };
    const [one, two] = [await enter(token), await enter(token)];
    const rooms = ['nora-a', 'nora-b', 'nora-c', 'nora-d', 'nora-e', 'nora-f'];
    for (const room of rooms) {
      expect(await one.request('channel:join', room)).toMatchObject({ data: { code: 'not_found' } });
    }
    const changed = await setRoles(one.user.id, ['user', 'moderator']);
    expect([changed.status, await changed.json()]).toEqual([
      200,
      { user: { id: one.user.id, name: 'Nora' }, roles: ['user', 'moderator'] },
    ]);
    for (const client of [one, two]) {
      expect((await client.next('user:updated')).data.user).toEqual({
        ...{ id: one.user.id, name: 'Nora', guest: false },
        roles: ['user', 'moderator'],
      });
    }
    for (const room of rooms) await two.join(room);
    // Tokens of before say otherwise.
    const late = await WireClient.connect(server.url, { query: { token } });
    expect((await late.welcomed()).user.roles).toEqual(['user', 'moderator']);
    expect((await setRoles(one.user.id, [])).status).toBe(200);
    await one.next('user:updated');
    expect(await one.request('channel:join', 'nora-g')).toMatchObject({ data: { code: 'not_found' } });
  });

  it('[LIVE-3] given to a user of another issuer come on top of the token’s, over a restart too', async () => {
    const token = await sharedToken({ sub: 'ivy', name: 'Ivy' });
    const ivy = await enter(token);
    await expect.poll(async () => (await setRoles(ivy.user.id, ['moderator'])).status).toBe(200);
    await ivy.next('user:updated');
    const env = { SHARDS: '1', DATABASE_URL: server.database.connectionString, JWT_SECRET: SECRET };
    const again = await startServer({ env });
    try {
      const back = await WireClient.connect(again.url, { query: { token } });
      expect((await back.welcomed()).user).toMatchObject({ id: ivy.user.id, roles: ['user', 'moderator'] });
      await back.close();
    } finally {
      await again.stop();
    }
  });

  it('[LIVE-10] are given by administrators, to people who exist and are no guests', async () => {
    const guest = await WireClient.guest(server.url, 'Gil');
    const moderator = await tokenFor({ name: 'Mod2', roles: ['user', 'moderator'] });
    expect(await codeOf(await setRoles(guest.user.id, ['admin'], moderator))).toEqual([403, 'forbidden']);
    expect(await codeOf(await setRoles(guest.user.id, ['admin']))).toEqual([403, 'forbidden']);
    expect(await codeOf(await setRoles('nobody', ['admin']))).toEqual([404, 'not_found']);
    expect(await codeOf(await setRoles('Gil', ['admin']))).toEqual([404, 'not_found']);
    expect(await codeOf(await setRoles('a%00b', ['admin']))).toEqual([404, 'not_found']);
    expect(await codeOf(await setRoles(guest.user.id, ['owner']))).toEqual([400, 'bad_request']);
    expect(await codeOf(await setRoles(String(decodeJwt(admin).sub), ['moderator']))).toEqual([
      403,
      'forbidden',
    ]);
  });
});

describe('tokens for certain channels, and dashboards', () => {
  it('[LIVE-6] [LIVE-7] open those alone, and a renewed token that opens fewer puts its bearer out of the others', async () => {
    const moderator = { sub: 'mia', name: 'Mia', roles: ['moderator'] };
    const mia = await enter(await sharedToken({ ...moderator, channels: ['mia-*'] }));
    await mia.join('mia-a');
    await mia.join('mia-b');
    expect(await mia.request('channel:join', 'elsewhere')).toMatchObject({ data: { code: 'not_found' } });
    await mia.say('mia-a', 'first');
    await mia.say('mia-b', 'first');
    const list = await mia.request('channel:list', undefined, {});
    expect(list.data.items.map(({ id }) => id)).toEqual(['mia-a', 'mia-b']);
    const fewer = await sharedToken({ ...moderator, channels: ['mia-b'] });
    expect(await mia.request('auth:refresh', undefined, { token: fewer })).toMatchObject({ type: 'ack' });
    expect(await mia.next('error')).toMatchObject({ channelId: 'mia-a', data: { code: 'not_member' } });
    const other = await enter(await sharedToken({ ...moderator, sub: 'max', name: 'Max' }));
    await other.join('mia-a');
    await other.say('mia-a', 'not for Mia any more');
    expect(await mia.say('mia-b', 'second')).toBe(2);
    expect(mia.liveSeqs('mia-a')).toEqual([1]);
    const headers = { authorization: `Bearer ${fewer}` };
    const rest = async (path: string) => (await fetch(`${server.url}${path}`, { headers })).status;
    expect([await rest('/chat/history/mia-b'), await rest('/chat/history/mia-a')]).toEqual([200, 404]);
    const listed = await fetch(`${server.url}/channels`, { headers });
    expect(((await listed.json()) as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual([
      'mia-b',
    ]);
    const made = await fetch(`${server.url}/channels`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'not-mine' }),
    });
    expect(made.status).toBe(403);
  });

  it('[LIVE-6] for some channels alone are none for what is about all of them', async () => {
    const token = await sharedToken({ sub: 'nora', name: 'Nora', roles: ['admin'], channels: ['nora-*'] });
    const headers = { authorization: `Bearer ${token}` };
    const routes = [
      ...[
        'GET /api-keys',
        'POST /api-keys',
        'PATCH /api-keys/x',
        'GET /webhooks',
        'POST /webhooks',
        'GET /audit',
      ],
      ...['POST /revocations', 'PATCH /users/x', 'DELETE /users/x', 'GET /erasures', 'GET /decision-hooks'],
      ...['PATCH /server', 'POST /exports', 'POST /users/ban', 'GET /users/bans', 'POST /users/mute'],
      ...[
        'GET /users/x/notes',
        'GET /users',
        'PATCH /ratelimits',
        'GET /automod/rules',
        'GET /activity/users',
      ],
    ];
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ');
      const { status } = await fetch(`${server.url}${path}`, { method, headers });
      expect([route, status]).toEqual([route, 403]);
    }
    const nora = await enter(token);
    for (const type of ['user:ban', 'user:unmute', 'analytics:subscribe']) {
      const answer = await nora.request(type);
      expect([type, answer.data['code']]).toEqual([type, 'forbidden']);
    }
  });

  it('[LIVE-8] a dashboard hears all and is seen by nobody', async () => {
    const staff = { roles: ['moderator'] };
    const watched = await enter(await sharedToken({ ...staff, sub: 'wim', name: 'Wim' }));
    await watched.join('watched');
    const board = await enter(await sharedToken({ ...staff, sub: 'bea', name: 'Bea', azp: 'board' }));
    expect((await board.join('watched')).data).toMatchObject({ memberCount: 1, members: [{ name: 'Wim' }] });
    await board.request('typing:start', 'watched');
    const seq = await watched.say('watched', 'hello');
    expect((await board.event('watched', seq)).data.content).toBe('hello');
    expect(await watched.request('presence:get', 'watched')).toMatchObject({ data: { count: 1 } });
    await board.close();
    await watched.say('watched', 'still here');
    expect(watched.seen('presence:join', 'presence:leave', 'typing:start')).toEqual([]);
  });
});
