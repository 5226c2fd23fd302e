import { afterEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import type { LiveSession } from '../../src/protocol/live-session.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

const sessionOf = (id: string, name: string, ...roles: Role[]): LiveSession => ({
  ...{ id, user: { id: `id-${name}`, name }, roles, guest: false, dashboard: false },
  ...{ clientId: 'web', address: '192.0.2.1', startedAt: 5 },
});

async function started(...sessions: LiveSession[]) {
  const ended: string[] = [];
  open = await testHttp({
    liveSessions: {
      of: async (userId) => sessions.filter(({ user }) => user.id === userId),
      end: async (_userId, ids) => ended.push(...ids),
    },
  });
  const { app, bearer } = open;
  const ask = async (method: 'GET' | 'DELETE', path: string, role: Role = 'moderator') => {
    const answer = await app.inject({ method, url: `/users/${path}`, headers: await bearer('mod', role) });
    return [answer.statusCode, answer.json<unknown>()];
  };
  return { ...open, ask, ended };
}

describe('/users/:id/sessions', () => {
  it('[LIVE-11] tells open connections', async () => {
    const { ask } = await started(sessionOf('0-1', 'ada', 'user'), sessionOf('1-1', 'bob', 'user'));
    const item = {
      ...{ id: '0-1', user: { id: 'id-ada', name: 'ada' }, guest: false, dashboard: false },
      ...{ client_id: 'web', address: '192.0.2.1', started_at: 5 },
    };
    expect(await ask('GET', 'id-ada/sessions')).toEqual([200, { items: [item], has_more: false }]);
    expect(await ask('GET', 'nobody/sessions')).toEqual([200, { items: [], has_more: false }]);
  });

  it('[LIVE-12] ends one or all of them, and keeps it in the audit log', async () => {
    const { ask, ended, audit } = await started(
      sessionOf('0-1', 'ada', 'user'),
      sessionOf('0-2', 'ada', 'user'),
    );
    expect(await ask('DELETE', 'id-ada/sessions?session_id=0-2')).toEqual([200, { ended: 1 }]);
    expect(ended).toEqual(['0-2']);
    expect(await ask('DELETE', 'id-ada/sessions?session_id=0-3')).toMatchObject([404, { code: 'not_found' }]);
    expect((await ask('DELETE', 'id-ada/sessions'))[0]).toBe(200);
    expect(ended).toEqual(['0-2', '0-1', '0-2']);
    expect(await ask('DELETE', 'nobody/sessions')).toEqual([200, { ended: 0 }]);
    const acts = await audit.list({ limit: 9, action: 'sessions:ended' });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toMatchObject([
      { target: { kind: 'user', id: 'id-ada', name: 'ada' }, after: { sessions: ['0-1', '0-2'] } },
      { after: { sessions: ['0-2'] } },
    ]);
  });

  it('[LIVE-12] nobody ends those of their own rank or above, but their own', async () => {
    const { ask, ended } = await started(
      sessionOf('0-1', 'boss', 'user', 'admin'),
      sessionOf('0-2', 'peer', 'user', 'moderator'),
      sessionOf('0-3', 'mod', 'user', 'moderator'),
    );
    for (const name of ['boss', 'peer']) {
      expect(await ask('DELETE', `id-${name}/sessions`)).toMatchObject([403, { code: 'forbidden' }]);
    }
    expect(ended).toEqual([]);
    expect((await ask('DELETE', 'id-mod/sessions'))[0]).toBe(200);
    expect((await ask('DELETE', 'id-peer/sessions', 'admin'))[0]).toBe(200);
    expect(ended).toEqual(['0-3', '0-2']);
  });

  it('[LIVE-11] [LIVE-12] are for moderators and admins: 401, then 403, then 400', async () => {
    const { app, ask } = await started();
    const url = '/users/x/sessions?session_id=none';
    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(401);
    expect((await ask('DELETE', 'x/sessions?session_id=none', 'user'))[0]).toBe(403);
    expect((await ask('DELETE', 'x/sessions?session_id=none'))[0]).toBe(400);
    expect((await ask('GET', 'x/sessions', 'user'))[0]).toBe(403);
  });
});
