import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { exchange } from '../support/exchange.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

const PROBLEM = /^application\/problem\+json/;
const NEEDS_TOKEN = [
  ['GET', '/channels'],
  ['POST', '/channels'],
  ['POST', '/chat/rooms'],
  ['GET', '/chat/rooms/x/presence'],
  ['GET', '/chat/history/x'],
  ['GET', '/whispers'],
  ['GET', '/whispers/conversations'],
] as const;

describe('who may', () => {
  it.each(NEEDS_TOKEN)('[HTTP-12] %s %s without a token is 401, whatever is sent', async (method, url) => {
    const { app } = await start();
    const sent = [
      { headers: {} },
      { headers: { authorization: 'Basic YWRhOmFkYQ==' } },
      { headers: { authorization: 'Bearer' } },
      { headers: { authorization: 'Bearer a.b.c' } },
      { headers: { authorization: `Bearer ${'x'.repeat(10_000)}` } },
    ];
    for (const { headers } of sent) {
      const answer = await app.inject({
        method,
        url: `${url}?limit=x`,
        headers: method === 'POST' ? { ...headers, 'content-type': 'application/json' } : headers,
        ...(method === 'POST' ? { payload: '{"broken' } : {}),
      });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['content-type']).toMatch(PROBLEM);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(answer.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  it('[HTTP-12] a token in the address is not looked at', async () => {
    const { app, bearer } = await start();
    const token = (await bearer('ada')).authorization.slice('Bearer '.length);
    expect((await app.inject(`/channels?token=${token}`)).statusCode).toBe(401);
  });

  it('[HTTP-12] 403 comes before anything that was sent is looked at', async () => {
    const { app, guest } = await start({ policy: { ...OPEN_POLICY, guests: 'read' } });
    const headers = { ...(await guest('g')), 'content-type': 'text/plain' };
    for (const url of ['/channels', '/chat/rooms']) {
      const answer = await app.inject({ method: 'POST', url, headers, payload: 'x'.repeat(100_000) });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
    }
  });

  it('[HTTP-11] a user beyond the rate of queries gets 429 with Retry-After', async () => {
    const asked: unknown[] = [];
    const rateLimiter = {
      take: (...taken: unknown[]) => (asked.push(taken), 1_500),
      configure: () => undefined,
    };
    const { app, bearer, clock } = await start({ rateLimiter });
    const answer = await app.inject({ url: '/channels', headers: await bearer('ada') });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '2']);
    expect(answer.json()).toMatchObject({ code: 'rate_limited', retry_after_ms: 1_500 });
    expect(asked).toEqual([['id-ada', 'query', clock.now]]);
  });
});

describe('what cannot be answered', () => {
  it('[HTTP-13] an unknown address is 404', async () => {
    const { app } = await start();
    for (const url of [
      '/nowhere',
      '/chat',
      '/chat/rooms/a/b/c',
      '//',
      '/channels/',
      '/..%2f..%2fetc/passwd',
    ]) {
      const answer = await app.inject(url);
      expect([url, answer.statusCode]).toEqual([url, 404]);
      expect(answer.headers['content-type']).toMatch(PROBLEM);
      expect(answer.json()).toMatchObject({ status: 404, title: 'Not Found', code: 'not_found' });
    }
  });

  it.each([
    ['GET', '/login', 'POST, OPTIONS'],
    ['PUT', '/channels', 'DELETE, GET, HEAD, PATCH, POST, OPTIONS'],
    ['PUT', '/health', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/chat/history/x?limit=1', 'GET, HEAD, OPTIONS'],
  ] as const)('[HTTP-13] %s %s is 405 with Allow', async (method, url, allow) => {
    const { app } = await start();
    const answer = await app.inject({ method, url });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
    expect(answer.json()).toMatchObject({ status: 405, title: 'Method Not Allowed' });
  });

  it('[HTTP-13] a plain GET of the WebSocket is 426', async () => {
    const { app } = await start();
    const answer = await app.inject('/ws');
    expect([answer.statusCode, answer.headers['upgrade']]).toEqual([426, 'websocket']);
    expect(answer.headers['content-type']).toMatch(PROBLEM);
  });

  it.each([
    ['text', 'text/plain', '{}', 415],
    ['a form', 'application/x-www-form-urlencoded', 'a=b', 415],
    ['no type', undefined, '{}', 415],
    ['broken JSON', 'application/json', '{"username":', 400],
    ['nothing', 'application/json', '', 400],
    ['no object', 'application/json', '[1]', 400],
    ['a prototype', 'application/json', '{"__proto__":{"x":1},"username":"a","password":"b"}', 400],
    [
      'a constructor',
      'application/json',
      '{"constructor":{"prototype":{}},"username":"a","password":"b"}',
      400,
    ],
    ['a number for a text', 'application/json', '{"username":1,"password":"12345678"}', 400],
    ['null for a text', 'application/json', '{"username":null,"password":"12345678"}', 400],
    ['30,000 levels', 'application/json', '['.repeat(30_000) + ']'.repeat(30_000), 400],
    ['64 KiB and a byte', 'application/json', JSON.stringify('x'.repeat(64 * 1024 - 1)), 413],
  ])('[HTTP-14] a body of %s is refused', async (_what, type, payload, status) => {
    const { app } = await start();
    const headers = type === undefined ? {} : { 'content-type': type };
    const answer = await app.inject({ method: 'POST', url: '/register', headers, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(PROBLEM);
    expect(answer.json()).toMatchObject({ status, code: status === 413 ? 'too_large' : 'bad_request' });
  });

  it('[HTTP-14] what is wrong is named', async () => {
    const { app, bearer } = await start();
    const answer = await app.inject({ method: 'POST', url: '/register', payload: { username: 'ada' } });
    expect(answer.json()).toMatchObject({
      detail: "body must have required property 'password'",
      errors: [{ at: '', message: "must have required property 'password'" }],
    });
    const headers = await bearer('mod', 'moderator');
    const asked = await app.inject({ url: '/activity/timeseries?metric=messages&bucket=week', headers });
    const message = 'must be "minute" or "hour" or "day"';
    expect(asked.json()).toMatchObject({
      detail: `querystring/bucket ${message}`,
      errors: [{ at: '/bucket', message }],
    });
  });

  it('[HTTP-15] a path that cannot be decoded is 400, one with an endless part 404', async () => {
    const { app, bearer } = await start();
    const headers = await bearer('ada');
    const bad = await app.inject({ url: '/chat/history/%ff', headers });
    expect([bad.statusCode, bad.headers['content-type']]).toEqual([400, expect.stringMatching(PROBLEM)]);
    const long = await app.inject({ url: `/chat/history/${'x'.repeat(5_000)}`, headers });
    expect(long.statusCode).toBe(404);
    expect(long.headers['content-type']).toMatch(PROBLEM);
  });

  it('[HTTP-15] what is no HTTP, or has too large a head, is told so and cut off', async () => {
    const { app } = await start();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    expect(await exchange(port, 'hello\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 Bad Request\r\n(?:.+\r\n)*content-type: application\/problem\+json/,
    );
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`;
    expect(await exchange(port, large)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('[HTTP-13] upgrades of the WebSocket are left to who listens for them', async () => {
    const { app } = await start();
    await app.listen({ port: 0, host: '127.0.0.1' });
    app.server.on('upgrade', (request, socket) => {
      socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\n${request.url ?? ''}`);
    });
    const { port } = app.server.address() as AddressInfo;
    const upgrade = 'GET /ws?x=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    expect(await exchange(port, upgrade)).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\n/ws?x=1');
  });

  it('[HTTP-16] a bug is 500 and tells nothing; an outage is 503 with Retry-After', async () => {
    const http = await start();
    http.directory.list = async () => {
      throw new Error('password=hunter2 at /srv/secret');
    };
    const headers = await http.bearer('ada');
    const bug = await http.app.inject({ url: '/channels', headers });
    expect(bug.statusCode).toBe(500);
    expect(bug.json()).toMatchObject({ code: 'internal', request_id: bug.headers['x-request-id'] });
    expect(bug.body).not.toMatch(/hunter2|secret|Error:/);
    http.directory.list = async () => fail(failure('unavailable', 'The database is away.', 700));
    const outage = await http.app.inject({ url: '/channels', headers });
    expect([outage.statusCode, outage.headers['retry-after']]).toEqual([503, '1']);
  });

  it('[HTTP-16] nothing that JSON can say makes a 500', async () => {
    const http = await start();
    const headers = { ...(await http.bearer('ada')), 'content-type': 'application/json' };
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('x', 'a b', '__proto__'),
    );
    const fields = fc.record(
      {
        username: fc.oneof(text, fc.jsonValue()),
        password: fc.oneof(text, fc.jsonValue()),
        email: fc.oneof(text, fc.jsonValue()),
        name: fc.oneof(text, fc.jsonValue()),
        id: fc.oneof(text, fc.jsonValue()),
        description: fc.oneof(text, fc.jsonValue()),
        room_id: fc.oneof(text, fc.jsonValue()),
        refresh_token: fc.oneof(text, fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fields.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
    );
    const posts = fc.constantFrom('/register', '/login', '/refresh', '/logout', '/channels', '/chat/rooms');
    const gets = fc.constantFrom('/channels', '/chat/history/', '/chat/rooms/', '/', '/discovery');
    await fc.assert(
      fc.asyncProperty(posts, body, gets, text, async (post, payload, get, part) => {
        const sent = await http.app.inject({ method: 'POST', url: post, headers, payload });
        expect(sent.statusCode).toBeLessThan(500);
        const encoded = encodeURIComponent(part.toWellFormed());
        for (const url of [
          `${get}${encoded}`,
          `${get}?limit=${encoded}&after=${encoded}&before_seq=${encoded}`,
        ]) {
          const got = await http.app.inject({ url, headers });
          expect([200, 400, 404, 414, 503]).toContain(got.statusCode);
          // The page isn't built here.
          if (got.statusCode === 503) expect(get).toBe('/');
        }
      }),
      { numRuns: 100 },
    );
  });
});
