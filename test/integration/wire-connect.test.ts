/** How a connection begins, who it belongs to, and how it ends. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../support/postgres.ts';
import { RawWebSocket } from '../support/raw-websocket.ts';
import { serverToken, type TokenWishes } from '../support/server-tokens.ts';
import {
  closeWireClients,
  type Frame,
  refusedUpgrade,
  type Welcome,
  WireClient,
} from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer({
    ALLOWED_ORIGINS: 'https://there.test',
    CHANNEL_CREATION: 'users',
    SERVER_NAME: 'Test house',
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const tokenFor = (wishes: TokenWishes) => serverToken(server.database.connectionString, wishes);
const PROBLEM = /^application\/problem\+json/;

async function problemOf(options: Parameters<typeof refusedUpgrade>[1]) {
  const { type, body, ...rest } = await refusedUpgrade(server.url, options);
  expect(type).toMatch(PROBLEM);
  const problem = JSON.parse(body) as { status: number; title: string; code: string; detail: string };
  expect(problem).toMatchObject({
    type: expect.stringMatching(/^urn:hubbub:problem:/),
    status: rest.status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  return { ...rest, code: problem.code };
}

/** A user with an account in a channel, so that it exists. */
async function writtenIn(channelId: string): Promise<WireClient> {
  const owner = await WireClient.connect(server.url, {
    query: { token: await tokenFor({ name: `owner of ${channelId}` }), channelId },
  });
  await owner.welcomed();
  await owner.next('channel:joined');
  await owner.say(channelId, 'opened');
  return owner;
}

describe('tokens', () => {
  it('[CONN-1] [CONN-3] a token in the query, the header or hello gives the same user, told in welcome first', async () => {
    const id = randomUUID();
    const token = await tokenFor({ id, name: 'Ada', roles: ['user', 'moderator'] });
    const ways = [
      await WireClient.connect(server.url, { query: { token } }),
      await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } }),
      await WireClient.connect(server.url, { headers: { authorization: `bearer   ${token}` } }),
      await WireClient.connect(server.url),
    ];
    ways[3]?.send({ type: 'hello', data: { token, name: 'ignored' } });
    const welcomes: Welcome[] = [];
    for (const way of ways) {
      const welcome = await way.welcomed();
      expect(way.frames[0]).toMatchObject({ type: 'welcome', timestamp: expect.any(Number) });
      expect(welcome).toMatchObject({
        protocol: 1,
        server: { id: expect.any(String), name: 'Test house' },
        user: { id, name: 'Ada', guest: false, roles: ['user', 'moderator'] },
        heartbeatMs: 25_000,
        channels: expect.any(Array),
      });
      expect(welcome).not.toHaveProperty('guestToken');
      welcomes.push(welcome);
    }
    expect(new Set(welcomes.map(({ connectionId }) => connectionId)).size).toBe(4);
  });

  it('[CONN-1] a registered account logs in and connects', async () => {
    const post = (path: string, body: object) =>
      fetch(server.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const account = { username: 'Grace', password: 'correct horse' };
    expect((await post('/register', account)).status).toBe(201);
    const { token } = (await (await post('/login', account)).json()) as { token: string };
    const grace = await WireClient.connect(server.url, { query: { token } });
    expect((await grace.welcomed()).user).toMatchObject({ name: 'Grace', guest: false, roles: ['user'] });
  });

  it('[CONN-1] a bad token is 401 before the upgrade, in whichever way it comes', async () => {
    const expired = await tokenFor({ name: 'late', lifetimeMs: -60_000 });
    const good = await tokenFor({ name: 'good' });
    const guest = await WireClient.guest(server.url);
    for (const token of ['', 'x', 'a.b.c', expired, `${good}x`, guest.guestToken, 'x'.repeat(9_000)]) {
      expect(await problemOf({ query: { token } })).toMatchObject({ status: 401, code: 'unauthorized' });
    }
    for (const token of [expired, 'x'.repeat(9_000)]) {
      const headers = { authorization: `Bearer ${token}` };
      expect(await problemOf({ headers })).toMatchObject({ status: 401, code: 'unauthorized' });
    }
    expect(await problemOf({ query: { token: expired, channelId: 'lobby' } })).toMatchObject({ status: 401 });
  });

  it('[CONN-1] a bad token in hello closes with 4001', async () => {
    for (const token of ['', 'a.b.c', await tokenFor({ name: 'late', lifetimeMs: -60_000 })]) {
      const client = await WireClient.connect(server.url);
      client.send({ type: 'hello', ref: 'h', data: { token } });
      expect((await client.closed).code).toBe(4001);
      expect(client.frames).toEqual([]);
    }
  });
});

describe('guests', () => {
  it('[CONN-2] [REQ-1] hello without a token makes a guest with a name, a taken one with a suffix', async () => {
    const ada = await WireClient.guest(server.url, 'Mary');
    expect(ada.user).toMatchObject({ name: 'Mary', guest: true, roles: ['guest'] });
    expect(ada.guestToken).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const other = await WireClient.guest(server.url, 'mARY');
    expect(other.user.name).toMatch(/^mARY.+/);
    expect(other.user.id).not.toBe(ada.user.id);
    const nameless = await WireClient.guest(server.url);
    expect(nameless.user.name).toMatch(/^guest-[a-z]+$/);
    const hellos: { type: string; ref?: string; data?: object | null }[] = [
      { type: 'hello' },
      { type: 'hello', data: {} },
      { type: 'hello', ref: 'r', data: null },
    ];
    for (const hello of hellos) {
      const client = await WireClient.connect(server.url);
      client.send(hello);
      expect((await client.welcomed()).user.guest).toBe(true);
      expect(client.frames[0]?.ref).toBe(hello.ref);
    }
  });

  it('[CONN-2] a guest token makes the same user; one that does not hold makes another', async () => {
    const first = await WireClient.guest(server.url, 'Returning');
    const again = await WireClient.guest(server.url, undefined, { guestToken: first.guestToken });
    expect(again.user).toEqual(first.user);
    const renamed = await WireClient.guest(server.url, 'Renamed', { guestToken: first.guestToken });
    expect(renamed.user).toMatchObject({ id: first.user.id, name: 'Renamed' });
    for (const guestToken of ['', 'nonsense', `${first.guestToken}x`, await tokenFor({ name: 'no guest' })]) {
      const stranger = await WireClient.guest(server.url, undefined, { guestToken });
      expect(stranger.user.guest).toBe(true);
      expect(stranger.user.id).not.toBe(first.user.id);
    }
  });

  it('[CONN-2] a name that can be none is bad_request, and hello may be tried again', async () => {
    const client = await WireClient.connect(server.url);
    for (const name of ['', '   ', 'a\u0000b', '\ud800', 'x'.repeat(33), 5, null]) {
      const refused = await client.request('hello', undefined, { name });
      expect(refused, JSON.stringify(name)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
    client.send({ type: 'hello', data: { name: 'Fine now' } });
    expect((await client.welcomed()).user.name).toBe('Fine now');
  });

  it('[CHAN-2] where guests may not make channels an unknown one is not_found, a known one is joined', async () => {
    const ada = await WireClient.guest(server.url);
    expect(await ada.request('channel:join', 'nowhere')).toMatchObject({
      type: 'error',
      data: { code: 'not_found' },
    });
    expect(await ada.request('message:send', 'nowhere', { content: 'a' })).toMatchObject({
      data: { code: 'not_member' },
    });
    await writtenIn('somewhere');
    expect((await ada.join('somewhere')).data.seq).toBe(1);
    expect(await ada.say('somewhere', 'hi')).toBe(2);
  });
});

describe('the first frames', () => {
  it('[CONN-6] before hello every other request is unauthorized, after it another hello is conflict', async () => {
    const client = await WireClient.connect(server.url);
    for (const type of [
      'ping',
      'channel:list',
      'auth:refresh',
      'channel:join',
      'message:send',
      'presence:get',
    ]) {
      const answer = await client.request(type, 'lobby', {});
      expect(answer, type).toMatchObject({ type: 'error', data: { code: 'unauthorized' } });
    }
    client.send('not JSON');
    expect(await client.next('error')).toMatchObject({ data: { code: 'bad_request' } });
    client.send({ type: 'hello' });
    await client.welcomed();
    for (const data of [{}, { token: 'x' }, { name: 'Other' }]) {
      expect(await client.request('hello', undefined, data)).toMatchObject({ data: { code: 'conflict' } });
    }
    expect(await client.request('ping')).toMatchObject({ type: 'pong' });
  });

  it('[CONN-5] what comes behind hello waits for welcome and is worked off in order', async () => {
    await writtenIn('pipeline');
    const raw = await RawWebSocket.open(server.port);
    raw.send({ type: 'hello', data: { name: 'Eager' } });
    raw.send({ type: 'hello', ref: 'again' });
    raw.send({ type: 'channel:join', ref: 'join', channelId: 'pipeline' });
    for (let n = 0; n < 20; n += 1)
      raw.send({ type: 'message:send', channelId: 'pipeline', data: { content: `m${n}` } });
    raw.send({ type: 'ping', ref: 'last' });
    await raw.next('welcome');
    expect(await raw.next('error')).toMatchObject({ ref: 'again', data: { code: 'conflict' } });
    const joined = await raw.next('channel:joined');
    expect(joined).toMatchObject({ ref: 'join', data: { seq: 1 } });
    for (let n = 0; n < 20; n += 1)
      expect(await raw.next('message:created')).toMatchObject({ seq: n + 2, data: { content: `m${n}` } });
    await raw.destroy();
  });

  it('[CONN-5] more than may wait is told so, and nothing is dropped silently', async () => {
    const client = await WireClient.connect(server.url);
    client.send({ type: 'hello' });
    const answers = Array.from({ length: 60 }, () => client.request('ping'));
    const types = (await Promise.all(answers)).map(({ type, data }) => (type === 'error' ? data.code : type));
    expect(types.every((type) => type === 'pong' || type === 'rate_limited')).toBe(true);
    expect(types.slice(0, 32)).toEqual(Array.from({ length: 32 }, () => 'pong'));
  });

  it('[CONN-4] welcome does not wait for a slow store: the channels follow', async () => {
    await writtenIn('slowly-listed');
    // Newcomers share a list for a second.
    const newcomers = async () => {
      const client = await WireClient.connect(server.url);
      client.send({ type: 'hello' });
      return (await client.welcomed()).channels?.map(({ id }) => id);
    };
    await expect.poll(newcomers).toContain('slowly-listed');
    await withClient(server.database.connectionString, async (blocker) => {
      await blocker.query('begin');
      await blocker.query('lock table channels in access exclusive mode');
      // A list that was read before serves newcomers for a second.
      let client: WireClient;
      do {
        client = await WireClient.connect(server.url);
        client.send({ type: 'hello' });
      } while ((await client.welcomed()).channels !== undefined);
      expect(await client.request('ping')).toMatchObject({ type: 'pong' });
      expect(client.seen('channels')).toEqual([]);
      await blocker.query('rollback');
      const listed = await client.next('channels');
      expect(listed.data.items.map(({ id }) => id)).toContain('slowly-listed');
      expect(listed).not.toHaveProperty('ref');
    });
  });

  it('[CONN-8] ?channelId= joins at once, as a guest where there is no token', async () => {
    await writtenIn('doorway');
    const ada = await WireClient.connect(server.url, { query: { channelId: 'doorway' } });
    const joined = await ada.next('channel:joined');
    expect(ada.frames.map(({ type }) => type)).toEqual(['welcome', 'channel:joined']);
    expect(joined).toMatchObject({ channelId: 'doorway', data: { seq: 1, recovered: null, memberCount: 2 } });
    expect(joined).not.toHaveProperty('ref');
    expect((await ada.welcomed()).user.guest).toBe(true);
    expect(await ada.say('doorway', 'hi')).toBe(2);
    const token = await tokenFor({ name: 'Bob' });
    const bob = await WireClient.connect(server.url, { query: { channelId: 'doorway', token } });
    expect((await bob.welcomed()).user.name).toBe('Bob');
    expect((await bob.next('channel:joined')).data.memberCount).toBe(3);
    const lost = await WireClient.connect(server.url, { query: { channelId: 'nowhere' } });
    await lost.welcomed();
    expect(await lost.next('error')).toMatchObject({ channelId: 'nowhere', data: { code: 'not_found' } });
    expect(await lost.request('ping')).toMatchObject({ type: 'pong' });
  });
});

/** A message as older clients read it. */
interface OldFrame extends Frame {
  readonly id?: string;
  readonly user_id?: string;
  readonly content?: string;
}

describe('/ws/chat', () => {
  const said = async (client: WireClient, text: string): Promise<OldFrame> =>
    client.next((frame: OldFrame) => frame.content === text);

  it('[ROOM-1] [ROOM-2] [ROOM-3] older clients chat with each other and with those of today', async () => {
    const token = await tokenFor({ name: 'Old' });
    const old = await WireClient.connect(server.url, {
      path: '/ws/chat',
      query: { token, room_id: 'attic' },
    });
    old.send({ room_id: 'attic', content: 'Hello!' });
    const first = await said(old, 'Hello!');
    expect(first).toEqual({
      ...{ id: expect.any(String), room_id: 'attic', user_id: expect.any(String), content: 'Hello!' },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    const ada = await WireClient.connect(server.url, { query: { token: await tokenFor({ name: 'New' }) } });
    await ada.welcomed();
    const page = await ada.join('attic');
    expect(page.data.events).toMatchObject([{ data: { id: first.id, author: { id: first.user_id } } }]);
    await ada.say('attic', 'hi there');
    expect(await said(old, 'hi there')).toMatchObject({ user_id: ada.user.id });
    expect(old.frames).toHaveLength(2);
    old.send({ content: '' });
    expect((await old.next('error')).data.code).toBe('bad_request');
    expect(await old.request('ping')).toMatchObject({ type: 'pong' });
    await ada.say('attic', 'still there?');
    expect(await old.next('message:created')).toMatchObject({ channelId: 'attic', seq: 3 });
  });

  it('[ROOM-1] its room is general where none is named; a bad one, and a bad token, are refused', async () => {
    const token = await tokenFor({ name: 'Older' });
    const old = await WireClient.connect(server.url, { path: '/ws/chat', query: { token } });
    old.send({ content: 'anyone?' });
    expect(await said(old, 'anyone?')).toMatchObject({ room_id: 'general' });
    const path = '/ws/chat';
    expect(await problemOf({ path, query: { token, room_id: 'a b' } })).toMatchObject({ status: 400 });
    expect(await problemOf({ path, query: { token: 'x', room_id: 'attic' } })).toMatchObject({ status: 401 });
  });
});

describe('refusals before the upgrade', () => {
  it('[CONN-8] a channelId that can be none is 400', async () => {
    for (const channelId of ['', 'a b', 'x'.repeat(65), 'ä', '\0']) {
      expect(await problemOf({ query: { channelId } })).toMatchObject({ status: 400, code: 'bad_request' });
    }
  });

  it('[CONN-1] another path is 404', async () => {
    for (const path of ['/', '/health', '/wss', '/ws/x', '//ws']) {
      expect(await problemOf({ path })).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it('[CONN-11] a page of another origin is 403; the own one, an allowed one and no origin are let in', async () => {
    for (const origin of [
      'https://evil.test',
      'null',
      'http://there.test',
      'https://there.test:444',
      'https://there.test.evil.test',
    ]) {
      expect(await problemOf({ headers: { origin } })).toMatchObject({ status: 403, code: 'forbidden' });
    }
    for (const origin of [server.url, 'https://there.test']) {
      const client = await WireClient.connect(server.url, { headers: { origin } });
      client.send({ type: 'hello' });
      await client.welcomed();
    }
  });

  it('[HTTP-13] a request that would upgrade to something else is answered as if it had not asked', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
      };
      const asked = request(`${server.url}/health`, { headers }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(answer).toBe('200 OK');
  });
});

describe('the end of a right', () => {
  it('[CONN-10] a token that ends closes with 4002, and auth:refresh moves the end', async () => {
    const id = randomUUID();
    const token = await tokenFor({ id, name: 'Short', lifetimeMs: 3_000 });
    const connections = [
      await WireClient.connect(server.url, { query: { token } }),
      await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } }),
      await WireClient.connect(server.url),
      await WireClient.connect(server.url, { query: { token } }),
    ] as const;
    const [query, header, hello, renewed] = connections;
    hello.send({ type: 'hello', data: { token } });
    await Promise.all(connections.map((client) => client.welcomed()));
    const longer = await tokenFor({ id, name: 'Longer', roles: ['user', 'moderator'] });
    expect(await renewed.request('auth:refresh', undefined, { token: longer })).toMatchObject({
      type: 'ack',
      data: {},
    });
    const closings = await Promise.all([query, header, hello].map((client) => client.closed));
    expect(closings.map(({ code }) => code)).toEqual([4002, 4002, 4002]);
    expect(await renewed.request('ping')).toMatchObject({ type: 'pong' });
    renewed.send({ type: 'channel:join', channelId: 'renewed' });
    expect((await renewed.next('channel:joined')).data.members).toEqual([{ id, name: 'Longer' }]);
  });

  it('[CONN-10] auth:refresh with a token of someone else is forbidden, with a bad one unauthorized', async () => {
    const mine = await tokenFor({ name: 'Mine' });
    const client = await WireClient.connect(server.url, { query: { token: mine } });
    await client.welcomed();
    const refresh = async (data?: object) =>
      (await client.request('auth:refresh', undefined, data)).data.code;
    expect(await refresh({ token: await tokenFor({ name: 'Other' }) })).toBe('forbidden');
    expect(await refresh({ token: 'nonsense' })).toBe('unauthorized');
    expect(await refresh({ token: await tokenFor({ name: 'late', lifetimeMs: -60_000 }) })).toBe(
      'unauthorized',
    );
    expect(await refresh({})).toBe('bad_request');
    expect(await refresh({ token: 5 })).toBe('bad_request');
    const guest = await WireClient.guest(server.url);
    const asUser = await guest.request('auth:refresh', undefined, { token: mine });
    expect(asUser).toMatchObject({ type: 'error', data: { code: 'forbidden' } });
    client.send({ type: 'auth:refresh', data: { token: mine } });
    expect(await client.request('ping')).toMatchObject({ type: 'pong' });
  });
});
