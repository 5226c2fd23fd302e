import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { descriptionOf, filledPath, operationsOf } from '../support/described-operations.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly requestId?: string;
}

/** A logger of every level, and what it wrote. */
function keptLogger() {
  const lines: LogLine[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as LogLine);
      done();
    },
  });
  return { logger: createLogger({ level: 'trace', destination }), lines };
}

describe('request ids', () => {
  it('[HTTP-30] are made here, whatever the client calls its request', async () => {
    const { app } = await start();
    const headers = { 'x-request-id': 'mine', 'request-id': 'mine' };
    const ids = [];
    for (const url of ['/health', '/health', '/nowhere', '/chat/history/%ff']) {
      ids.push((await app.inject({ url, headers })).headers['x-request-id']);
    }
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[\da-f-]{36}$/);
  });

  it('[HTTP-30] stand in every problem document', async () => {
    const http = await start();
    http.directory.list = async () => fail(failure('unavailable', 'away', 100));
    const token = await http.bearer('ada');
    for (const request of [
      { url: '/nowhere' },
      { url: '/channels' },
      { url: '/channels', headers: token },
      { url: '/chat/history/%ff' },
      { method: 'DELETE', url: '/login' },
      { method: 'POST', url: '/login', payload: {} },
      { method: 'POST', url: '/login', payload: 'x', headers: { 'content-type': 'a/b' } },
    ] as const) {
      const answer = await http.app.inject(request);
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.json<{ request_id: string }>().request_id).toBe(answer.headers['x-request-id']);
    }
  });

  it('[HTTP-30] stand in every line of the log about the request', async () => {
    const { logger, lines } = keptLogger();
    const http = await start({ logger });
    http.directory.list = async () => {
      throw new Error('a bug');
    };
    await http.app.ready();
    const before = lines.length;
    const answer = await http.app.inject({ url: '/channels', headers: await http.bearer('ada') });
    expect(answer.statusCode).toBe(500);
    const told = lines.slice(before);
    expect(told.map(({ level }) => level)).toEqual(['error', 'debug']);
    for (const { requestId } of told) expect(requestId).toBe(answer.headers['x-request-id']);
  });
});

describe('security headers', () => {
  const everywhere = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    'cross-origin-resource-policy': expect.stringMatching(/^(same|cross)-origin$/),
  };

  const onPages = {
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('camera=()'),
  };

  it('[HTTP-31] stand on every answer', async () => {
    const { app } = await start();
    const operations = operationsOf(await descriptionOf(app));
    const requests = operations.map(({ method, path }) => ({ method, url: filledPath(path) }));
    for (const request of [
      ...requests,
      { method: 'GET', url: '/' } as const,
      { method: 'GET', url: '/docs' } as const,
      { method: 'GET', url: '/nowhere' } as const,
      { method: 'GET', url: '/%ff' } as const,
      { method: 'DELETE', url: '/login' } as const,
      { method: 'OPTIONS', url: '/login' } as const,
    ]) {
      const { headers } = await app.inject(request);
      expect({ request, headers }).toMatchObject({ request, headers: everywhere });
    }
  });

  it('[HTTP-31] on a page say what it may do and to whom it tells where it stands', async () => {
    const { app } = await start();
    const { statusCode, headers } = await app.inject('/docs');
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject(onPages);
  });

  it('[HTTP-31] let an answer of the API do nothing where a browser shows it', async () => {
    const { app } = await start();
    for (const url of ['/health', '/discovery', '/openapi.json', '/nowhere']) {
      expect((await app.inject(url)).headers['content-security-policy']).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
    }
  });

  it('[HTTP-32] demand https from now on where PUBLIC_URL is one, and nowhere else', async () => {
    for (const [publicUrl, expected] of [
      ['https://chat.example', 'max-age=31536000'],
      ['http://chat.example', undefined],
      [undefined, undefined],
    ]) {
      const { app } = await start(publicUrl === undefined ? {} : { publicUrl });
      for (const url of ['/health', '/nowhere', '/%ff']) {
        expect((await app.inject(url)).headers['strict-transport-security']).toBe(expected);
      }
      await app.close();
    }
  });
});
