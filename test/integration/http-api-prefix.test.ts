import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/observability/metrics.ts';
import { descriptionOf, filledPath, operationsOf } from '../support/described-operations.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

/** An answer without what differs from request to request. */
const comparable = ({ statusCode, headers, body }: Awaited<ReturnType<TestHttp['app']['inject']>>) => {
  const id = String(headers['x-request-id']);
  const kept = Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { statusCode, headers: Object.fromEntries(kept), body: body.replaceAll(id, 'id') };
};

describe('the API under /api', () => {
  it('[HTTP-23] has every route, with the same answers', async () => {
    const http = await start();
    const { app } = http;
    const token = await http.bearer('ada', 'admin');
    for (const { method, path } of operationsOf(await descriptionOf(app))) {
      if (path === '/metrics') continue;
      for (const headers of [{}, token]) {
        const url = `${filledPath(path)}?limit=1`;
        const [there, here] = [
          await app.inject({ method, url: `/api${url}`, headers }),
          await app.inject({ method, url, headers }),
        ];
        expect([method, path, comparable(there)]).toEqual([method, path, comparable(here)]);
      }
    }
  });

  it('[HTTP-23] has the same refusals', async () => {
    const { app } = await start();
    for (const [method, url, status] of [
      ['GET', '/login', 405],
      ['PUT', '/channels', 405],
      ['GET', '/nowhere', 404],
      ['OPTIONS', '/channels', 204],
      ['HEAD', '/health', 200],
    ] as const) {
      const [there, here] = [
        await app.inject({ method, url: `/api${url}` }),
        await app.inject({ method, url }),
      ];
      expect([url, there.statusCode, there.headers.allow]).toEqual([url, status, here.headers.allow]);
    }
  });

  it('[HTTP-23] has neither the page nor other files, and no second prefix', async () => {
    const { app } = await start();
    for (const url of [
      '/api/index.html',
      '/api/assets/x.js',
      '/api/docs',
      '/api/docs/',
      '/api/client.js',
      '/api/api/health',
      '/apihealth',
      '/api//health',
      '/api/../health',
    ]) {
      const answer = await app.inject({ url });
      // The client of tests resolves dots by itself.
      expect([url, answer.statusCode]).toEqual([url, url.includes('..') ? 200 : 404]);
    }
  });

  it('[HTTP-23] says where to go from /api', async () => {
    const { app } = await start({ publicUrl: 'https://chat.example' });
    for (const url of ['/api', '/api/', '/api?x=1', '/api/?x=1']) {
      const answer = await app.inject(url);
      expect([url, answer.statusCode]).toEqual([url, 200]);
      expect(answer.json()).toEqual({
        description_url: 'https://chat.example/openapi.json',
        docs_url: 'https://chat.example/docs',
        discovery_url: 'https://chat.example/discovery',
      });
    }
  });

  it('[HTTP-23] counts under the labels of the routes', async () => {
    const { app, metrics } = await startCounting();
    for (const url of ['/health', '/api/health', '/api/he%61lth']) await app.inject(url);
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'hubbub_http_request_duration_seconds_count{method="GET",route="/health",status="200"} 3',
    );
  });

  it('[HTTP-23] stands in the description', async () => {
    const publicUrl = 'https://example.org/chat';
    const { app } = await start({ publicUrl });
    const { servers } = await descriptionOf(app);
    expect(servers.map(({ url }) => url)).toEqual([publicUrl, `${publicUrl}/api`]);
  });
});

async function startCounting() {
  const metrics = createMetrics();
  return { ...(await start({ metrics })), metrics };
}
