import { afterEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

async function started() {
  open = await testHttp();
  const { app, bearer } = open;
  const call = async (method: 'GET' | 'PATCH', url: string, role: Role, payload?: object) => {
    const headers = await bearer('root', role);
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  const told = async (): Promise<unknown[]> => {
    const discovery = (await app.inject({ url: '/discovery' })).json<{ server_name: string }>();
    const description = (await app.inject({ url: '/openapi.json' })).json<{ info: { title: string } }>();
    return [discovery.server_name, description.info.title];
  };
  return { ...open, call, told };
}

describe('/server', () => {
  it('[SERVER-2] [SERVER-3] is called something else, in what others are told too, and by its settings again', async () => {
    const { call, told, audit } = await started();
    const plain = { id: 's1', name: 'Test', default_name: 'Test' };
    expect(await call('GET', '/server', 'moderator')).toEqual({ status: 200, body: plain });
    expect(await told()).toEqual(['Test', 'Test']);
    const named = { status: 200, body: { ...plain, name: 'Tom’s 🍺' } };
    expect(await call('PATCH', '/server', 'admin', { name: ' Tom’s 🍺 ' })).toEqual(named);
    expect(await call('GET', '/server', 'moderator')).toEqual(named);
    expect(await told()).toEqual(['Tom’s 🍺', 'Tom’s 🍺']);
    expect((await call('PATCH', '/server', 'admin', { name: '🍺'.repeat(100) })).status).toBe(200);
    expect(await call('PATCH', '/server', 'admin', { name: null })).toEqual({ status: 200, body: plain });
    expect(await told()).toEqual(['Test', 'Test']);
    const acts = await audit.list({ limit: 10, action: 'server:updated' });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toHaveLength(3);
    expect(acts.value.items.at(-1)).toMatchObject({
      ...{ actor: { id: 'id-root' }, target: { kind: 'settings', id: 'server' } },
      ...{ before: { name: null }, after: { name: 'Tom’s 🍺' } },
    });
  });

  it.each([
    {},
    { name: '' },
    { name: '  ' },
    { name: 'a\nb' },
    { name: 'x'.repeat(101) },
    { name: 7 },
    { name: 'a\ud800' },
  ])('[SERVER-2] not %j', async (body) => {
    const { call, told } = await started();
    expect((await call('PATCH', '/server', 'admin', body)).status).toBe(400);
    expect(await told()).toEqual(['Test', 'Test']);
  });

  it('[SERVER-2] [SERVER-4] administrators alone change it, staff sees it, and no API key opens it', async () => {
    const { call, app, guest } = await started();
    expect((await call('PATCH', '/server', 'moderator', {})).status).toBe(403);
    expect((await call('GET', '/server', 'user')).status).toBe(403);
    expect((await app.inject({ url: '/server', headers: await guest('Guest') })).statusCode).toBe(403);
    expect((await app.inject({ url: '/server' })).statusCode).toBe(401);
    const made = await call('GET', '/server', 'admin');
    expect(made.status).toBe(200);
    const payload = { name: 'the shop', scopes: ['read', 'publish'] };
    const headers = await open!.bearer('root', 'admin');
    const key = (await app.inject({ method: 'POST', url: '/api-keys', headers, payload })).json<{
      key: string;
    }>();
    const withKey = { authorization: `Bearer ${key.key}` };
    expect((await app.inject({ url: '/server', headers: withKey })).statusCode).toBe(401);
  });
});
