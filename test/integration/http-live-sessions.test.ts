import { afterEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import type { SessionOfServer } from '../../src/admin/ports/live-sessions.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
  missing = 0;
});

const sessionOf = (id: string, name: string, ...roles: Role[]): SessionOfServer => ({
  ...{ id, user: { id: `id-${name}`, name }, roles, guest: false, dashboard: false },
  ...{ clientId: 'web', address: '192.0.2.1', startedAt: 5, server: 'one' },
});

/** Of other servers that say nothing. */
let missing = 0;

async function started(...sessions: SessionOfServer[]) {
  const ended: string[] = [];
  open = await testHttp({
    liveSessions: {
      of: async (userId) => ({ sessions: sessions.filter(({ user }) => user.id === userId), missing }),
      end: async (_userId, which) => {
        ended.push(...which.map(({ id, server }) => (server === 'one' ? id : `${server} ${id}`)));
        return { ended: which.length, missing: 0 };
      },
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
      ...{ client_id: 'web', address: '192.0.2.1', started_at: 5, server: 'one' },
    };
    expect(await ask('GET', 'id-ada/sessions')).toEqual([
      200,
      { items: [item], has_more: false, servers_missing: 0 },
    ]);
    expect(await ask('GET', 'nobody/sessions')).toEqual([
      200,
      { items: [], has_more: false, servers_missing: 0 },
    ]);
  });

  it('[LIVE-12] ends one or all of them, and keeps it in the audit log', async () => {
    const { ask, ended, audit } = await started(
      sessionOf('0-1', 'ada', 'user'),
      sessionOf('0-2', 'ada', 'user'),
    );
    expect(await ask('DELETE', 'id-ada/sessions?session_id=0-2')).toEqual([
      200,
      { ended: 1, servers_missing: 0 },
    ]);
    expect(ended).toEqual(['0-2']);
    expect(await ask('DELETE', 'id-ada/sessions?session_id=0-3')).toMatchObject([404, { code: 'not_found' }]);
    expect((await ask('DELETE', 'id-ada/sessions'))[0]).toBe(200);
    expect(ended).toEqual(['0-2', '0-1', '0-2']);
    expect(await ask('DELETE', 'nobody/sessions')).toEqual([200, { ended: 0, servers_missing: 0 }]);
    const acts = await audit.list({ limit: 9, action: 'sessions:ended' });
    if (!acts.ok) throw new Error(acts.failure.message);
    expect(acts.value.items).toMatchObject([
      { target: { kind: 'user', id: 'id-ada', name: 'ada' }, after: { sessions: ['0-1', '0-2'] } },
      { after: { sessions: ['0-2'] } },
    ]);
  });

  it('[NODE-9] those to other servers are told with their server, and who didn’t answer is counted', async () => {
    const there = { ...sessionOf('0-1', 'ada', 'user'), server: 'two' };
    const { ask, ended } = await started(sessionOf('0-1', 'ada', 'user'), there);
    expect(await ask('GET', 'id-ada/sessions')).toMatchObject([
      200,
      { items: [{ server: 'one' }, { server: 'two' }], servers_missing: 0 },
    ]);
    const one = 'id-ada/sessions?session_id=0-1';
    expect(await ask('DELETE', one)).toMatchObject([409, { code: 'conflict' }]);
    expect(await ask('DELETE', `${one}&server=two`)).toMatchObject([200, { ended: 1 }]);
    expect(ended.splice(0)).toEqual(['two 0-1']);
    missing = 1;
    expect(await ask('DELETE', 'id-ada/sessions')).toMatchObject([200, { ended: 2, servers_missing: 1 }]);
    expect(await ask('DELETE', 'id-ada/sessions?session_id=9-9')).toMatchObject([
      503,
      { code: 'unavailable' },
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
