import { afterEach, describe, expect, it } from 'vitest';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { testHttp, type TestHttp, type TestHttpOptions } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

async function started(options: TestHttpOptions = {}) {
  open = await testHttp(options);
  const { app, bearer } = open;
  const headers = await bearer('root', 'admin');
  const call = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    as = headers,
  ) => {
    const answer = await app.inject({
      ...{ method, url, headers: as },
      ...(payload === undefined ? {} : { payload }),
    });
    const body = answer.body === '' ? null : answer.json<Record<string, unknown>>();
    return { status: answer.statusCode, body };
  };
  return { ...open, call };
}

describe('/api-keys', () => {
  it('[KEY-3] [KEY-15] are made, listed without their secrets and taken back, and each is an act', async () => {
    const { call, audit } = await started();
    const made = await call('POST', '/api-keys', { name: 'the shop', scopes: ['publish', 'read'] });
    expect(made).toMatchObject({ status: 201, body: { name: 'the shop', last_used_at: null } });
    const { key, ...record } = made.body ?? {};
    expect(key).toMatch(/^hub_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(await call('GET', '/api-keys')).toEqual({
      status: 200,
      body: { items: [record], has_more: false },
    });
    const path = `/api-keys/${String(record['id'])}`;
    const changed = { ...record, scopes: ['users'], requests_per_second: 5 };
    const change = { scopes: ['users'], requests_per_second: 5 };
    expect(await call('PATCH', path, change)).toEqual({ status: 200, body: changed });
    for (const wrong of [{}, { scopes: [] }, { name: 'a\nb' }, { requests_per_second: 0 }])
      expect((await call('PATCH', path, wrong)).status).toBe(400);
    expect((await call('PATCH', '/api-keys/none', change)).status).toBe(404);
    expect((await call('DELETE', `/api-keys/${String(record['id'])}`)).status).toBe(204);
    expect((await call('DELETE', `/api-keys/${String(record['id'])}`)).status).toBe(404);
    expect((await call('GET', '/api-keys')).body).toEqual({ items: [], has_more: false });
    const acts = await audit.list({ limit: 10, target: String(record['id']) });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toMatchObject([
      { action: 'apikey:deleted', actor: { id: 'id-root' }, before: { name: 'the shop' } },
      { action: 'apikey:updated', before: { scopes: ['publish', 'read'] }, after: change },
      { action: 'apikey:created', target: { kind: 'key', name: 'the shop' } },
    ]);
    expect(JSON.stringify(acts.value.items)).not.toContain(String(key).slice(-64));
  });

  it('[KEY-13] a key is good for so many requests, and then 429 until its rate lets the next one through', async () => {
    const rateLimiter = SharedRateLimiter.create(64, 1);
    const { call } = await started({ rateLimiter });
    const body = { name: 'the shop', scopes: ['read'] };
    for (const wrong of [0, -1, 1.5, 10_001, '5'])
      expect((await call('POST', '/api-keys', { ...body, requests_per_second: wrong })).status).toBe(400);
    expect((await call('POST', '/api-keys', body)).body).toMatchObject({ requests_per_second: 100 });
    const keyed = async (rate: number) => {
      const made = await call('POST', '/api-keys', { ...body, requests_per_second: rate });
      expect(made.body).toMatchObject({ requests_per_second: rate });
      return { authorization: `Bearer ${String(made.body?.['key'])}` };
    };
    const [slow, other] = [await keyed(1), await keyed(1)];
    const ask = async (as: { authorization: string }, path = '/server/users/nobody') =>
      (await call('GET', path, undefined, as)).status;
    for (let nth = 0; nth < 10; nth += 1) expect(await ask(slow)).toBe(404);
    const answer = await open!.app.inject({ method: 'GET', url: '/server/users/nobody', headers: slow });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '1']);
    expect(answer.json()).toMatchObject({ code: 'rate_limited', retry_after_ms: 1_000 });
    // What the key isn't for is told first, and costs nothing.
    expect((await call('POST', '/server/publish', {}, slow)).status).toBe(403);
    expect(await ask(other)).toBe(404);
    open!.clock.now += 1_000;
    expect([await ask(slow), await ask(slow)]).toEqual([404, 429]);
  });

  it('[KEY-1] [KEY-3] for administrators alone, and for known scopes', async () => {
    const { call, bearer } = await started();
    const body = { name: 'x', scopes: ['publish'] };
    const wrong = [
      {},
      { name: 'x' },
      { ...body, scopes: [] },
      { ...body, scopes: ['all'] },
      { ...body, name: '' },
    ];
    for (const one of wrong) expect([one, (await call('POST', '/api-keys', one)).status]).toEqual([one, 400]);
    expect((await call('POST', '/api-keys', { ...body, name: 'a\nb' })).status).toBe(400);
    expect((await call('POST', '/api-keys', {}, await bearer('mod', 'moderator'))).status).toBe(403);
    expect((await call('GET', '/api-keys', undefined, await bearer('ada'))).status).toBe(403);
  });
});
