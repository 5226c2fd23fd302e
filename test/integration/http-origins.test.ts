import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { descriptionOf, filledPath, operationsOf } from '../support/described-operations.ts';
import { testHttp } from '../support/http.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { startWireServer } from '../support/wire-server.ts';

const THERE = 'https://there.test';
const EVIL = 'https://evil.test';
const allowed: TestHttpOptions = { originAllowed: (origin) => origin === undefined || origin === THERE };

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

describe('pages of other origins', () => {
  it('[HTTP-17] may read answers where they are let in', async () => {
    const { app } = await start(allowed);
    const answer = await app.inject({ url: '/health', headers: { origin: THERE } });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': THERE, vary: 'Origin' });
    const without = await app.inject('/health');
    expect(without.headers).not.toHaveProperty('access-control-allow-origin');
    expect(without.headers.vary).toBe('Origin');
  });

  it('[HTTP-24] are refused on every route, before anything is done', async () => {
    const http = await start(allowed);
    const { app, told, accountStore } = http;
    const headers = { ...(await http.bearer('ada', 'admin')), origin: EVIL };
    const operations = operationsOf(await descriptionOf(app));
    const requests = operations.map(({ method, path }) => [method, filledPath(path)] as const);
    const others = ['/', '/nowhere', '/docs', '/client.js', '/api/channels', '/api'];
    for (const [method, url] of [...requests, ...others.map((url) => ['GET', url] as const)]) {
      const payload = { username: 'eve', password: 'long enough', name: 'a', room_id: 'a' };
      const sent = { url, headers, ...(method === 'GET' ? {} : { payload }) };
      const answer = await app.inject({ method, ...sent });
      expect([method, url, answer.statusCode]).toEqual([method, url, 403]);
      expect(answer.json()).toMatchObject({ code: 'forbidden' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      const asked = await app.inject({
        ...{ method: 'OPTIONS', url },
        headers: { origin: EVIL, 'access-control-request-method': method },
      });
      expect([method, url, asked.statusCode]).toEqual([method, url, 403]);
    }
    expect(told).toEqual([]);
    expect(await accountStore.findByName('eve')).toEqual({ ok: true, value: null });
  });

  it('[HTTP-25] that are let in may read errors, too', async () => {
    const http = await start(allowed);
    http.directory.list = async () => {
      throw new Error('a bug');
    };
    const token = await http.bearer('ada');
    const post = { method: 'POST', url: '/login' } as const;
    const requests = [
      [404, { url: '/nowhere' }],
      [405, { method: 'PUT', url: '/channels' }],
      [401, { url: '/channels' }],
      [400, { ...post, payload: {} }],
      [415, { ...post, payload: 'x', headers: { 'content-type': 'text/plain' } }],
      [413, { ...post, payload: { username: 'x'.repeat(70_000) } }],
      [414, { url: `/channels?prefix=${'x'.repeat(9_000)}` }],
      [400, { url: '/chat/history/%ff' }],
      [500, { url: '/channels', headers: token }],
      [426, { url: '/ws' }],
    ] as const;
    for (const [status, request] of requests) {
      const headers = { ...('headers' in request ? request.headers : {}), origin: THERE };
      const answer = await http.app.inject({ ...request, headers });
      expect([request.url.slice(0, 30), answer.statusCode]).toEqual([request.url.slice(0, 30), status]);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': THERE,
        'access-control-expose-headers': expect.stringContaining('X-Request-Id'),
        vary: expect.stringContaining('Origin'),
      });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('[HTTP-25] may ask first', async () => {
    const { app } = await start(allowed);
    const ask = (origin: string, url: string) =>
      app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'POST' } });
    for (const url of ['/channels', '/api/channels']) {
      const answer = await ask(THERE, url);
      expect(answer.statusCode).toBe(204);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': THERE,
        'access-control-allow-methods': 'DELETE, GET, HEAD, PATCH, POST',
        'access-control-allow-headers': 'Authorization, Content-Type',
      });
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
      expect((await ask(EVIL, url)).statusCode).toBe(403);
    }
    expect((await ask(THERE, '/nowhere')).statusCode).toBe(404);
  });
});

/** How a WebSocket from a page of `origin` fares: `open`, or the status that refused it. */
function upgrade(url: string, headers: Record<string, string>): Promise<'open' | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

describe('behind proxies', () => {
  const discovery = async (server: ServerProcess, headers: Record<string, string>) => {
    const answer = await fetch(`${server.url}/discovery`, { headers });
    return (await answer.json()) as { chat_url: string; health_url: string };
  };
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'chat.example' };
  const page = { ...forwarded, origin: 'https://chat.example' };

  it('[HTTP-26] that are trusted, addresses and the own origin are those that they name', async () => {
    const server = await startWireServer({ TRUST_PROXY: 'loopback' });
    try {
      expect(await discovery(server, forwarded)).toMatchObject({
        chat_url: 'wss://chat.example/ws',
        health_url: 'https://chat.example/health',
      });
      expect((await fetch(`${server.url}/health`, { headers: page })).status).toBe(200);
      expect(await upgrade(`${server.url}/ws`, page)).toBe('open');
      expect(await upgrade(`${server.url}/api/ws`, page)).toBe('open');
      const evil = { ...forwarded, origin: EVIL };
      expect((await fetch(`${server.url}/health`, { headers: evil })).status).toBe(403);
      expect(await upgrade(`${server.url}/ws`, evil)).toBe(403);
    } finally {
      await server.end();
    }
  });

  it('[HTTP-26] that nobody trusts, what they add is not believed', async () => {
    const server = await startWireServer({ TRUST_PROXY: '192.0.2.1' });
    try {
      expect((await discovery(server, forwarded)).chat_url).toBe(`${server.url.replace('http', 'ws')}/ws`);
      expect((await fetch(`${server.url}/health`, { headers: page })).status).toBe(403);
      expect(await upgrade(`${server.url}/ws`, page)).toBe(403);
      const own = { ...forwarded, origin: server.url };
      expect((await fetch(`${server.url}/health`, { headers: own })).status).toBe(200);
      expect(await upgrade(`${server.url}/ws`, own)).toBe('open');
    } finally {
      await server.end();
    }
  });
});
