import { afterEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

async function started(role: Role = 'admin') {
  open = await testHttp();
  const { app, bearer } = open;
  const headers = await bearer('mod', role);
  const call = async (method: 'GET' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const body = answer.body === '' ? null : answer.json<Record<string, unknown>>();
    return { status: answer.statusCode, body };
  };
  return { ...open, call, change: (payload: object) => call('PATCH', '/ratelimits', payload) };
}

const PLAIN = { message_limit: 20, window_seconds: 10, roles: [], channels: [] };

describe('/ratelimits', () => {
  it('[LIMIT-11] what a change leaves out stays', async () => {
    const { call, change } = await started('moderator');
    expect(await call('GET', '/ratelimits')).toEqual({ status: 200, body: PLAIN });
    expect(await change({ message_limit: 5 })).toEqual({ status: 200, body: { ...PLAIN, message_limit: 5 } });
    expect((await change({ window_seconds: 60 })).body).toEqual({
      ...PLAIN,
      message_limit: 5,
      window_seconds: 60,
    });
    expect((await call('GET', '/ratelimits')).body).toMatchObject({ message_limit: 5, window_seconds: 60 });
  });

  it('[LIMIT-11] roles and channels get limits of their own, and lose them', async () => {
    const { call, change, audit } = await started();
    await change({ role: 'guest', message_limit: 2 });
    const { body } = await change({ channel_id: 'general', window_seconds: 30 });
    expect(body).toEqual({
      ...PLAIN,
      roles: [{ role: 'guest', message_limit: 2, window_seconds: 10 }],
      channels: [{ channel_id: 'general', message_limit: 20, window_seconds: 30 }],
    });
    expect((await call('DELETE', '/ratelimits?role=guest')).status).toBe(204);
    expect((await call('DELETE', '/ratelimits?channel_id=general')).status).toBe(204);
    expect((await call('DELETE', '/ratelimits?channel_id=general')).status).toBe(404);
    expect((await call('GET', '/ratelimits')).body).toEqual(PLAIN);
    const acts = await audit.list({ limit: 10, action: 'ratelimit:updated' });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toMatchObject([
      { channel: 'general', after: { window_seconds: 30 }, before: { window_seconds: 10 } },
      { target: { kind: 'settings', id: 'ratelimits:guest' }, after: { message_limit: 2 } },
    ]);
  });

  it('[LIMIT-11] refuses zero and nonsense', async () => {
    const { call, change } = await started();
    const refused = [
      {},
      { role: 'guest' },
      { message_limit: 0 },
      { message_limit: -1, window_seconds: 5 },
      { message_limit: 1.5 },
      { message_limit: '10' },
      { message_limit: 100_001 },
      { window_seconds: 0 },
      { window_seconds: 86_401 },
      { message_limit: null },
      { role: 'king', message_limit: 1 },
      { role: 'guest', channel_id: 'general', message_limit: 1 },
      { channel_id: 'no such/channel', message_limit: 1 },
    ];
    for (const body of refused) expect([body, (await change(body)).status]).toEqual([body, 400]);
    expect((await call('DELETE', '/ratelimits')).status).toBe(400);
    expect((await call('GET', '/ratelimits')).body).toEqual(PLAIN);
  });

  it('[LIMIT-11] is for moderators and admins: 401, then 403, then 400', async () => {
    const { app, bearer, guest } = await started();
    const payload = { message_limit: 0 };
    const ask = async (headers: Record<string, string>) => {
      const answer = await app.inject({ method: 'PATCH', url: '/ratelimits', payload, headers });
      return answer.statusCode;
    };
    expect(await ask({})).toBe(401);
    expect(await ask(await bearer('ada'))).toBe(403);
    expect(await ask(await guest('Guest'))).toBe(403);
    expect(await ask(await bearer('mod', 'moderator'))).toBe(400);
  });
});
