import { afterEach, describe, expect, it } from 'vitest';
import type { AccountStore } from '../../src/auth/ports.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { accountOf, valueOf } from '../contracts/stores.ts';
import { type TestHttp, testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

const HOUR_MS = 3_600_000;

async function start() {
  const http = await testHttp();
  open = http;
  const mod = await http.bearer('mod', 'moderator');
  const account = async (name: string, ...roles: Role[]) => {
    const made = accountOf({ name, roles: ['user', ...roles] });
    const store: AccountStore = http.accountStore;
    valueOf(await store.create(made, http.clock.now));
    return made;
  };
  const call = async (
    method: 'POST' | 'DELETE' | 'GET',
    url: string,
    payload?: object,
    headers: object = mod,
  ) => {
    const answer = await http.app.inject({
      ...{ method, url, headers: { ...headers } },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, body: (answer.body === '' ? null : answer.json()) as Json };
  };
  return { ...http, account, call };
}

interface Json {
  readonly code: string;
  readonly ban_id: string;
  readonly mute_id: string;
  readonly has_more: boolean;
  readonly next?: string;
  readonly items: readonly Json[];
  readonly [name: string]: unknown;
}

describe('bans over REST', () => {
  it('[BAN-8] begin, are listed and are pardoned', async () => {
    const { account, call, clock } = await start();
    const { id, name } = await account('Ada');
    const ban = { banished_id: id, reason: 'spam', duration: 2, delete_seconds: 60 };
    const begun = await call('POST', '/users/ban', ban);
    const until = clock.now + 2 * HOUR_MS;
    expect(begun).toEqual({
      status: 201,
      body: { ban_id: begun.body.ban_id, user: { id, name }, until, replaced: false },
    });
    const listed = {
      ...{ ban_id: begun.body.ban_id, user: { id, name }, by: { id: 'id-mod', name: 'mod' } },
      ...{ reason: 'spam', created_at: clock.now, until, active: true, pardoned: false },
    };
    expect(await call('GET', '/users/bans?active=true')).toEqual({
      status: 200,
      body: { items: [listed], has_more: false },
    });
    clock.now += 5;
    const second = await call('POST', '/users/ban', { banished_id: id });
    expect(second.body).toMatchObject({ until: null, replaced: true });
    clock.now += 5;
    const pardon = `/users/ban?ban_id=${second.body.ban_id}`;
    expect(await call('DELETE', pardon)).toEqual({ status: 204, body: null });
    expect(await call('DELETE', pardon)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await call('GET', '/users/bans')).body.items).toEqual([
      {
        ...{ ban_id: second.body.ban_id, user: { id, name }, by: { id: 'id-mod', name: 'mod' } },
        ...{ created_at: clock.now - 5, until: null, active: false, ended_at: clock.now, pardoned: true },
        pardoned_by: { id: 'id-mod', name: 'mod' },
      },
      { ...listed, active: false, ended_at: clock.now - 5 },
    ]);
    expect((await call('GET', '/users/bans?active=true')).body.items).toEqual([]);
  });

  it('[BAN-8] are listed page after page, and of one user', async () => {
    const { account, call } = await start();
    const ids = [];
    for (const name of ['Ada', 'Bob', 'Cyd']) {
      const { id } = await account(name);
      ids.push((await call('POST', '/users/ban', { banished_id: id, duration_seconds: 5 })).body.ban_id);
    }
    const first = (await call('GET', '/users/bans?limit=2')).body;
    expect(first.items.map(({ ban_id: id }) => id)).toEqual([ids[2], ids[1]]);
    expect(first.has_more).toBe(true);
    const rest = (await call('GET', `/users/bans?limit=2&before=${first.next ?? ''}`)).body;
    expect([rest.items.map(({ ban_id: id }) => id), rest.has_more, rest.next]).toEqual([
      [ids[0]],
      false,
      undefined,
    ]);
    const { user } = rest.items[0] as unknown as { user: { id: string } };
    expect((await call('GET', `/users/bans?user_id=${user.id}`)).body.items).toEqual(rest.items);
  });

  it('[BAN-1] keep the user’s token from everything', async () => {
    const { account, app, call, issuer, guest, clock } = await start();
    const ada = await account('Ada');
    const { token } = await issuer.issue(ada);
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(200);
    await call('POST', '/users/ban', { banished_id: ada.id, duration_seconds: 90 });
    const refused = await app.inject({ url: '/me', headers });
    expect(refused.json()).toMatchObject({ status: 403, code: 'banned', retry_after_ms: 90_000 });
    expect(refused.headers).toMatchObject({ 'retry-after': '90' });
    expect((await app.inject({ url: '/me', headers: await guest('gus') })).statusCode).toBe(200);
    clock.now += 90_000;
    expect((await app.inject({ url: '/me', headers })).statusCode).toBe(200);
  });

  it('[BAN-5] [BAN-8] are for moderators, on those below them: 401, then 403, then 400 and 404', async () => {
    const { account, bearer, call } = await start();
    const peer = await account('Peer', 'moderator');
    const user = await bearer('someone');
    for (const path of ['/users/ban', '/users/mute', '/users/bans', '/users/mutes']) {
      const method = path.endsWith('s') ? 'GET' : 'POST';
      expect((await call(method, path, method === 'GET' ? undefined : {}, {})).body.code).toBe(
        'unauthorized',
      );
      expect((await call(method, path, method === 'GET' ? undefined : {}, user)).body.code).toBe('forbidden');
    }
    expect((await call('DELETE', '/users/ban', undefined, user)).body.code).toBe('forbidden');
    expect((await call('DELETE', '/users/ban')).body.code).toBe('bad_request');
    expect((await call('DELETE', '/users/ban?ban_id=none')).body.code).toBe('not_found');
    expect((await call('POST', '/users/ban', { banished_id: peer.id })).body.code).toBe('forbidden');
    expect((await call('POST', '/users/ban', { banished_id: 'nobody' })).body.code).toBe('not_found');
    const { id } = await account('Ada');
    const bad = [
      {},
      { banished_id: '' },
      { banished_id: id, duration: 0 },
      { banished_id: id, duration: 0.5 },
      { banished_id: id, duration: 8_761 },
      { banished_id: id, duration: 1, duration_seconds: 5 },
      { banished_id: id, duration_seconds: -1 },
      { banished_id: id, duration_seconds: 31_536_001 },
      { banished_id: id, delete_seconds: 604_801 },
      { banished_id: id, delete_seconds: 0 },
      { banished_id: id, reason: 'a'.repeat(501) },
      { banished_id: id, reason: 'a\0b' },
      { banished_id: id, address: '192.0.2.1' },
    ];
    for (const body of bad) {
      expect([body, (await call('POST', '/users/ban', body)).body.code]).toEqual([body, 'bad_request']);
    }
    expect((await call('GET', '/users/bans')).body.items).toEqual([]);
  });
});

describe('mutes over REST', () => {
  it('[BAN-8] begin, are listed and are pardoned', async () => {
    const { account, authenticator, call, clock, issuer } = await start();
    const ada = await account('Ada');
    const { token } = await issuer.issue(ada);
    const begun = await call('POST', '/users/mute', { muted_id: ada.id, duration_seconds: 30 });
    expect(begun).toMatchObject({ status: 201, body: { until: clock.now + 30_000, replaced: false } });
    expect(await authenticator.fromToken(token)).toMatchObject({
      value: { user: { mutedUntil: clock.now + 30_000 } },
    });
    const { mute_id: id } = begun.body;
    expect((await call('GET', `/users/mutes?user_id=${ada.id}`)).body.items).toMatchObject([
      { mute_id: id, active: true },
    ]);
    expect((await call('DELETE', `/users/ban?ban_id=${id}`)).status).toBe(404);
    expect((await call('DELETE', `/users/mute?mute_id=${id}`)).status).toBe(204);
    const after = await authenticator.fromToken(token);
    expect(after.ok && 'mutedUntil' in after.value.user).toBe(false);
  });
});
