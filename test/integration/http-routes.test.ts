import { afterEach, describe, expect, it } from 'vitest';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { problemText, testHttp } from '../support/http.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

describe('health', () => {
  it('[HTTP-1] /health says OK', async () => {
    const { app } = await start();
    const answer = await app.inject('/health');
    expect([answer.statusCode, answer.body]).toEqual([200, 'OK']);
  });

  it('[HTTP-1] /ready lists what is missing', async () => {
    const { app, reasons } = await start();
    expect((await app.inject('/ready')).json()).toEqual({ status: 'ready', warnings: [] });
    reasons.push('The database is away.', 'Shard 2 is starting.');
    const answer = await app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ status: 503, code: 'unavailable', reasons });
  });
});

describe('discovery', () => {
  it('[HTTP-2] names addresses by the public URL', async () => {
    const { app } = await start({ publicUrl: 'https://chat.example' });
    expect((await app.inject('/discovery')).json()).toEqual({
      server_id: 's1',
      server_name: 'Test',
      chat_url: 'wss://chat.example/ws',
      health_url: 'https://chat.example/health',
      auth_url: 'https://chat.example/register',
      token_url: 'https://chat.example/login',
      chat_client: 'https://chat.example/',
      issuers: ['https://chat.test'],
      registration: 'open',
      guests: 'chat',
    });
  });

  it('[HTTP-2] names addresses by the Host header if it is one', async () => {
    const { app } = await start();
    const chatUrl = async (host: string) =>
      (await app.inject({ url: '/discovery', headers: { host } })).json<{ chat_url: string }>().chat_url;
    expect(await chatUrl('192.0.2.1:8080')).toBe('ws://192.0.2.1:8080/ws');
    expect(await chatUrl('[2001:db8::1]:8080')).toBe('ws://[2001:db8::1]:8080/ws');
    expect(await chatUrl('evil.test/"><script>')).toBe('ws://localhost/ws');
  });

  it('[HTTP-3] publishes the public keys', async () => {
    const { app, keys } = await start();
    const answer = await app.inject('/.well-known/jwks.json');
    expect(answer.json()).toEqual(keys.jwks);
    expect(answer.body).not.toContain('"d"');
  });
});

describe('accounts', () => {
  it('[HTTP-4] are made, then logged in to; the token opens other routes', async () => {
    const { app } = await start();
    const credentials = { username: 'ada', password: 'correct horse' };
    const registered = await app.inject({ method: 'POST', url: '/register', payload: credentials });
    expect(registered.statusCode).toBe(201);
    expect(registered.json()).toEqual({ user: { id: expect.any(String), name: 'ada' } });
    const login = await app.inject({ method: 'POST', url: '/login', payload: credentials });
    expect(login.statusCode).toBe(200);
    expect(login.headers['cache-control']).toBe('no-store');
    expect(login.json()).toEqual({
      token: expect.any(String),
      expires_in: 3600,
      refresh_token: expect.stringMatching(/^[\w-]{64}$/),
    });
    const headers = { authorization: `Bearer ${login.json<{ token: string }>().token}` };
    expect((await app.inject({ url: '/channels', headers })).statusCode).toBe(200);
  });

  it('[HTTP-4] that exist are 409, a wrong password 401, neither name nor address 400', async () => {
    const { app } = await start();
    const post = async (url: string, payload: object) =>
      (await app.inject({ method: 'POST', url, payload })).statusCode;
    const ada = { username: 'ada', password: 'correct horse' };
    await post('/register', ada);
    expect(await post('/register', ada)).toBe(409);
    expect(await post('/register', { ...ada, username: 'guest-ada' })).toBe(400);
    expect(await post('/register', { ...ada, email: null })).toBe(400);
    expect(await post('/login', { ...ada, password: 'wrong horse' })).toBe(401);
    expect(await post('/login', { password: ada.password })).toBe(400);
    expect(await post('/login', { ...ada, email: 'ada@chat.test' })).toBe(400);
  });

  it('[HTTP-4] are 403 with REGISTRATION=off, whatever is sent', async () => {
    const { app } = await start({ registration: 'off' });
    const answer = await app.inject({ method: 'POST', url: '/register', payload: '{' });
    expect(answer.statusCode).toBe(403);
  });

  it('[HTTP-11] are 429 with Retry-After for who guesses', async () => {
    const { app } = await start();
    const guess = () =>
      app.inject({ method: 'POST', url: '/login', payload: { username: 'ada', password: 'wrong horse' } });
    for (let i = 0; i < 10; i += 1) expect((await guess()).statusCode).toBe(401);
    const answer = await guess();
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('30');
    expect(answer.json()).toMatchObject({ code: 'rate_limited', retry_after_ms: 30_000 });
  });
});

describe('attempts', () => {
  it('[HTTP-11] count by network: an IPv6 customer has many addresses', async () => {
    let host = 0;
    const { app } = await start({ clientAddress: () => `2001:db8::${(host += 1).toString(16)}` });
    const login = (n: number) =>
      app.inject({
        method: 'POST',
        url: '/login',
        payload: { username: `user${n}`, password: 'wrong horse' },
      });
    for (let n = 0; n < 60; n += 1) expect((await login(n)).statusCode).toBe(401);
    expect((await login(60)).statusCode).toBe(429);
  });
});

describe('channels', () => {
  it('[HTTP-5] are made with an id of their name, and listed in pages', async () => {
    const { app, bearer, told } = await start();
    const headers = await bearer('ada');
    for (const name of ['Zoo', 'Café  Ünique!', 'b']) {
      const answer = await app.inject({ method: 'POST', url: '/channels', headers, payload: { name } });
      expect(answer.statusCode).toBe(201);
    }
    const described = { id: 'x:1', name: 'X', description: 'About X' };
    const made = await app.inject({ method: 'POST', url: '/channels', headers, payload: described });
    expect(made.json()).toEqual({ id: 'x:1', name: 'X', description: 'About X', private: false });
    expect(told.map((channel) => channel.id)).toEqual(['zoo', 'cafe-unique', 'b', 'x:1']);
    const list = async (query: string) => (await app.inject({ url: `/channels${query}`, headers })).json();
    expect(await list('?limit=2')).toMatchObject({
      items: [{ id: 'b' }, { id: 'cafe-unique', name: 'Café  Ünique!' }],
      has_more: true,
      next: 'cafe-unique',
    });
    expect(await list('?after=cafe-unique')).toEqual({
      items: [
        { id: 'x:1', name: 'X', description: 'About X', private: false },
        { id: 'zoo', name: 'Zoo', private: false },
      ],
      has_more: false,
    });
    expect(await list('?prefix=ca')).toMatchObject({ items: [{ id: 'cafe-unique' }] });
  });

  it('[CHDEL-10] are changed by what their shards are asked, in the name of who asks', async () => {
    const { app, bearer, asked, present, directory } = await start();
    const headers = await bearer('ada');
    await directory.create({ id: 'x', name: 'X', private: false }, { id: 'id-ada' }, 1);
    await directory.create({ id: 'y', name: 'Y', private: false }, { id: 'id-ada' }, 1);
    const send = async (method: 'PATCH' | 'DELETE' | 'POST', url: string, payload?: object) =>
      (await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })).statusCode;
    expect(await send('PATCH', '/channels', { id: 'x', deleted: false })).toBe(200);
    expect(await send('PATCH', '/channels', { id: 'x', before_id: 'y', topic: null })).toBe(200);
    expect(await send('DELETE', '/channels?id=x')).toBe(204);
    expect(await send('DELETE', '/channels?id=x&purge=true')).toBe(204);
    expect(await send('POST', '/channels/x/members', { user_id: 'b' })).toBe(201);
    expect(await send('POST', '/channels/x/members', { user_id: 'b', role: 'owner' })).toBe(201);
    expect(await send('DELETE', '/channels/x/members?user_id=b')).toBe(204);
    const user = { id: 'b' };
    expect(asked).toEqual(
      [
        ['channel:restore', {}],
        ['channel:update', { topic: null, before: 'y' }],
        ['channel:delete', { purge: false }],
        ['channel:delete', { purge: true }],
        ['channel:invite', { user }],
        ['channel:role', { user, role: 'owner' }],
        ['channel:kick', { user }],
      ].map(([type, data]) => ({ channelId: 'x', user: 'id-ada', type, data })),
    );
    present.set('y', [{ id: 'b', name: 'B' }]);
    const active = await app.inject({ url: '/channels?active=true', headers });
    expect(active.json()).toEqual({
      items: [{ id: 'y', name: 'Y', private: false, present: 1 }],
      has_more: false,
    });
  });

  it.each(['?after=%00', '?prefix=%ED%A0%80', '?prefix=a%20b', '?limit=1e9', '?after=a&after=b'])(
    '[HTTP-5] listed with %s are 400',
    async (query) => {
      const { app, bearer } = await start();
      const answer = await app.inject({ url: `/channels${query}`, headers: await bearer('ada') });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'bad_request']);
    },
  );

  it('[HTTP-5] whose name gives no id get one; an id that is taken is 409', async () => {
    const { app, bearer, told } = await start();
    const headers = await bearer('ada');
    const post = async (payload: object) =>
      (await app.inject({ method: 'POST', url: '/channels', headers, payload })).statusCode;
    expect(await post({ name: '日本語' })).toBe(201);
    expect(told[0]?.id).toMatch(/^[\w-]{36}$/);
    expect(await post({ name: 'General' })).toBe(201);
    expect(await post({ name: 'general!' })).toBe(409);
    expect(told).toHaveLength(2);
  });

  it.each([
    [{}],
    [{ name: '' }],
    [{ name: '  ' }],
    [{ name: 'x'.repeat(65) }],
    [{ name: 'a\nb' }],
    [{ name: 'a\ud800' }],
    [{ name: 7 }],
    [{ name: null }],
    [{ name: 'x', id: 'a b' }],
    [{ name: 'x', id: '' }],
    [{ name: 'x', id: 'y'.repeat(65) }],
    [{ name: 'x', description: 'y'.repeat(1_001) }],
    [{ name: 'x', topic: 'y'.repeat(501) }],
    [[]],
    ['text'],
  ])('[HTTP-5] made of %j are 400', async (payload) => {
    const { app, bearer } = await start();
    const answer = await app.inject({
      method: 'POST',
      url: '/channels',
      headers: { ...(await bearer('ada')), 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'bad_request']);
  });

  it('[HTTP-6] are made by whom CHANNEL_CREATION and GUESTS let', async () => {
    const made = async (options: TestHttpOptions, who: 'guest' | 'user' | 'moderator') => {
      const http = await start(options);
      const headers =
        who === 'guest' ? await http.guest('g') : await http.bearer('u', ...(who === 'user' ? [] : [who]));
      const answers = [];
      for (const [url, payload] of [
        ['/channels', { name: 'x' }],
        ['/chat/rooms', { room_id: 'y' }],
      ] as const) {
        answers.push((await http.app.inject({ method: 'POST', url, headers, payload })).statusCode);
      }
      await http.app.close();
      expect(answers[0]).toBe(answers[1]);
      return answers[0];
    };
    const policy = (
      channelCreation: 'anyone' | 'users' | 'moderators',
      guests: 'chat' | 'read' = 'chat',
    ) => ({
      policy: { ...OPEN_POLICY, channelCreation, guests },
    });
    expect(await made(policy('anyone'), 'guest')).toBe(201);
    expect(await made(policy('anyone', 'read'), 'guest')).toBe(403);
    expect(await made(policy('users'), 'guest')).toBe(403);
    expect(await made(policy('users'), 'user')).toBe(201);
    expect(await made(policy('moderators'), 'user')).toBe(403);
    expect(await made(policy('moderators'), 'moderator')).toBe(201);
  });
});

describe('chat rooms', () => {
  it('[HTTP-7] are 201 once and 200 ever after, also when many ask at once', async () => {
    const { app, bearer, told } = await start();
    const headers = await bearer('ada');
    const ask = () =>
      app.inject({ method: 'POST', url: '/chat/rooms', headers, payload: { room_id: 'room:1' } });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([...Array<number>(19).fill(200), 201]);
    expect((await ask()).json()).toEqual({ room_id: 'room:1', name: 'room:1', created: false });
    expect(told).toHaveLength(1);
  });

  it('[HTTP-8] tell who is there, with and without a record', async () => {
    const { app, bearer, directory, present } = await start();
    const headers = await bearer('ada');
    const presence = (id: string) => app.inject({ url: `/chat/rooms/${id}/presence`, headers });
    await directory.create({ id: 'quiet', name: 'quiet', private: false }, { id: 'u' }, 0);
    expect((await presence('quiet')).json()).toEqual({ online: [], count: 0 });
    present.set('unwritten', [{ id: 'u1', name: 'bob' }]);
    expect((await presence('unwritten')).json()).toEqual({ online: [{ id: 'u1', name: 'bob' }], count: 1 });
    expect((await presence('nowhere')).statusCode).toBe(404);
    expect((await presence('a%20b')).statusCode).toBe(400);
  });

  it('[HTTP-9] that are private look like missing ones to outsiders', async () => {
    const { app, bearer, directory, present } = await start();
    await directory.create({ id: 'secret', name: 'secret', private: true }, { id: 'u' }, 0);
    present.set('secret', [{ id: 'u1', name: 'bob' }]);
    const headers = await bearer('ada');
    const get = (url: string) => app.inject({ url, headers });
    for (const [there, missing] of [
      ['/chat/rooms/secret/presence', '/chat/rooms/nowhere/presence'],
      ['/chat/history/secret', '/chat/history/nowhere'],
    ] as const) {
      const answer = await get(there);
      expect(answer.statusCode).toBe(404);
      expect(problemText(answer)).toBe(problemText(await get(missing)));
    }
    const asked = { method: 'POST', url: '/chat/rooms', payload: { room_id: 'secret' } } as const;
    expect((await app.inject({ ...asked, headers })).statusCode).toBe(404);
    expect((await get('/channels')).json()).toMatchObject({ items: [] });
    const staff = await bearer('mod', 'moderator');
    expect((await app.inject({ url: '/chat/history/secret', headers: staff })).statusCode).toBe(200);
  });
});

describe('history', () => {
  const fill = async (http: TestHttp) => {
    await http.directory.create({ id: 'general', name: 'general', private: false }, { id: 'u' }, 0);
    const events = Array.from({ length: 7 }, (_, index) => ({
      type: 'message:created',
      seq: index + 1,
      timestamp: 1_700_000_000_000 + index,
      data: JSON.stringify({
        id: `m${index + 1}`,
        content: `text ${index + 1}`,
        author: { id: 'u1', name: 'ada' },
        clientMessageId: `c${index + 1}`,
        meta: { keepsItsCase: [1, null, 'x'] },
      }),
    }));
    http.log.set('general', events);
  };

  it('[HTTP-10] comes in pages, oldest first, in either direction', async () => {
    const http = await start();
    await fill(http);
    const headers = await http.bearer('ada');
    const page = async (query: string) => {
      const answer = await http.app.inject({ url: `/chat/history/general${query}`, headers });
      const { items, ...rest } = answer.json<{ items: { seq: number }[] }>();
      return { seqs: items.map((item) => item.seq), ...rest };
    };
    expect(await page('?limit=3')).toEqual({ seqs: [5, 6, 7], has_more: true, next: 5 });
    expect(await page('?limit=3&before_seq=5')).toEqual({ seqs: [2, 3, 4], has_more: true, next: 2 });
    expect(await page('?limit=3&before_seq=2')).toEqual({ seqs: [1], has_more: false });
    expect(await page('?limit=3&after_seq=0')).toEqual({ seqs: [1, 2, 3], has_more: true, next: 3 });
    expect(await page('?after_seq=3')).toEqual({ seqs: [4, 5, 6, 7], has_more: false });
  });

  it('[HTTP-10] names fields in snake_case and leaves meta as it is', async () => {
    const http = await start();
    await fill(http);
    const headers = await http.bearer('ada');
    const answer = await http.app.inject({ url: '/chat/history/general?limit=1', headers });
    expect(answer.json<{ items: unknown[] }>().items).toEqual([
      {
        type: 'message:created',
        channel_id: 'general',
        seq: 7,
        timestamp: 1_700_000_000_006,
        data: {
          id: 'm7',
          content: 'text 7',
          author: { id: 'u1', name: 'ada' },
          client_message_id: 'c7',
          meta: { keepsItsCase: [1, null, 'x'] },
        },
      },
    ]);
  });

  it.each([
    '?limit=0',
    '?limit=201',
    '?limit=x',
    '?before_seq=-1',
    '?before_seq=1&after_seq=1',
    '?limit=1&limit=2',
    '?limit=1e999',
    '?before_seq=1e999',
    '?after_seq=-1e999',
  ])('[HTTP-10] with %s is 400', async (query) => {
    const http = await start();
    await fill(http);
    const headers = await http.bearer('ada');
    const answer = await http.app.inject({ url: `/chat/history/general${query}`, headers });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'bad_request']);
  });

  it('[HTTP-10] is open to guests', async () => {
    const http = await start();
    await fill(http);
    const headers = await http.guest('g');
    expect((await http.app.inject({ url: '/chat/history/general', headers })).statusCode).toBe(200);
  });
});
