import { afterEach, describe, expect, it } from 'vitest';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

async function started() {
  open = await testHttp();
  const { app, bearer } = open;
  const headers = await bearer('root', 'admin');
  const call = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object, as = headers) => {
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
  it('[KEY-3] are made, listed without their secrets and taken back, and each is an act', async () => {
    const { call, audit } = await started();
    const made = await call('POST', '/api-keys', { name: 'the shop', scopes: ['publish', 'read'] });
    expect(made).toMatchObject({ status: 201, body: { name: 'the shop', last_used_at: null } });
    const { key, ...record } = made.body ?? {};
    expect(key).toMatch(/^hub_[0-9a-f]{16}_[0-9a-f]{64}$/);
    expect(await call('GET', '/api-keys')).toEqual({
      status: 200,
      body: { items: [record], has_more: false },
    });
    expect((await call('DELETE', `/api-keys/${String(record['id'])}`)).status).toBe(204);
    expect((await call('DELETE', `/api-keys/${String(record['id'])}`)).status).toBe(404);
    expect((await call('GET', '/api-keys')).body).toEqual({ items: [], has_more: false });
    const acts = await audit.list({ limit: 10, target: String(record['id']) });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toMatchObject([
      { action: 'apikey:deleted', actor: { id: 'id-root' }, before: { name: 'the shop' } },
      { action: 'apikey:created', target: { kind: 'key', name: 'the shop' } },
    ]);
    expect(JSON.stringify(acts.value.items)).not.toContain(String(key).slice(-64));
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
