/** Logins that end, profiles that change and keys that rotate, over real sockets, two servers and PostgreSQL. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AccountTokens, logIn, register, rest } from '../support/account-client.ts';
import { adminCommand } from '../support/admin-command.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, type Frame, refusedUpgrade, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PASSWORD = 'correct horse';
const AVATAR = 'https://pictures.test/ada.png';

let server: WireServer;
/** Another one on the same database. */
let other: ServerProcess;
let env: Record<string, string>;
beforeAll(async () => {
  server = await startWireServer();
  env = { DATABASE_URL: server.database.connectionString };
  other = await startServer({ env: { ...env, SHARDS: '1' } });
});
afterEach(closeWireClients);
afterAll(async () => {
  await other.stop();
  await server.end();
});

const enter = async (token: string, url = server.url): Promise<WireClient> => {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
};
const meStatus = async (token: string, url = server.url) => (await rest(url, 'GET', '/me', { token })).status;
const refresh = (tokens: AccountTokens) =>
  rest<AccountTokens>(server.url, 'POST', '/refresh', { payload: tokens });

/** An account with two logins. */
async function twoLogins(name: string) {
  const id = await register(server.url, name, PASSWORD);
  const [one, two] = [await logIn(server.url, name, PASSWORD), await logIn(other.url, name, PASSWORD)];
  return { id, one, two };
}

describe('a login that ends', () => {
  it('[AUTH-50] [AUTH-24] by /logout takes its connections with it, on every server, and no other login’s', async () => {
    const { one, two } = await twoLogins('Ada');
    const next = (await refresh(one)).body;
    const [first, second, there] = [
      await enter(one.token),
      await enter(next.token),
      await enter(next.token, other.url),
    ];
    const bystander = await enter(two.token);
    expect((await rest(server.url, 'POST', '/logout', { payload: next })).status).toBe(204);
    for (const client of [first, second, there]) expect((await client.closed).code).toBe(4004);
    expect(await refusedUpgrade(server.url, { query: { token: one.token } })).toMatchObject({ status: 401 });
    expect([await meStatus(next.token), await meStatus(next.token, other.url)]).toEqual([401, 401]);
    expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
  });

  it('[AUTH-51] [AUTH-23] by a refresh token that is used twice takes its connections with it too', async () => {
    const { one, two } = await twoLogins('Bob');
    const next = (await refresh(one)).body;
    const [thief, bystander] = [await enter(next.token, other.url), await enter(two.token)];
    expect((await refresh(one)).status).toBe(401);
    expect((await thief.closed).code).toBe(4004);
    expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
  });

  it('[AUTH-52] by another password closes every connection, and the new login goes on', async () => {
    const { one, two } = await twoLogins('Cleo');
    const open = [await enter(one.token), await enter(two.token), await enter(two.token, other.url)];
    const payload = { current_password: PASSWORD, new_password: 'battery staple' };
    const fresh = await rest<AccountTokens>(server.url, 'POST', '/change-password', {
      ...{ token: one.token, payload },
    });
    expect(fresh.status).toBe(200);
    // Before other servers know of it, and after.
    const early = await enter(fresh.body.token, other.url);
    for (const client of open) expect((await client.closed).code).toBe(4004);
    expect(await early.request('ping')).toMatchObject({ type: 'pong' });
    expect([await meStatus(two.token), await meStatus(fresh.body.token)]).toEqual([401, 200]);
    expect((await refresh(two)).status).toBe(401);
    await enter((await logIn(other.url, 'Cleo', 'battery staple')).token);
  });
});

describe('a profile that changes', () => {
  it('[AUTH-57] [AUTH-56] is told on every open connection, and to who comes by an older token', async () => {
    const { id, one, two } = await twoLogins('Dora');
    const [here, there] = [await enter(one.token), await enter(two.token, other.url)];
    const watcher = await WireClient.guest(other.url, 'Watcher');
    await there.join('profiles');
    await watcher.join('profiles');
    const payload = { name: 'Dora the first', avatar: AVATAR };
    const changed = await rest(server.url, 'PATCH', '/me', { token: one.token, payload });
    const user = { id, name: 'Dora the first', guest: false, roles: ['user'], avatar: AVATAR };
    expect(changed).toEqual({ status: 200, body: { user } });
    for (const client of [here, there]) {
      expect((await client.next('user:updated')).data).toMatchObject({ user });
    }
    expect((await watcher.next('presence:updated')).data).toMatchObject({ user: { id, name: user.name } });
    const seq = await there.say('profiles', 'hello');
    const said = (await watcher.event('profiles', seq)) as Frame & { data: { author: object } };
    expect(said.data.author).toEqual({ id, name: user.name });
    const late = await enter(two.token);
    expect(late.user).toEqual(user);
  });
});

describe('keys that rotate', () => {
  it('[AUTH-60] [AUTH-61] sign from then on, on every server at once, while older tokens go on', async () => {
    const { one } = await twoLogins('Emil');
    const guest = await WireClient.guest(server.url, 'Guest of an old key');
    const open = await enter(one.token);
    const kids = async (url: string) =>
      (await rest<{ keys: { kid: string }[] }>(url, 'GET', '/.well-known/jwks.json')).body.keys.map(
        ({ kid }) => kid,
      );
    const before = await kids(server.url);
    const rotated = await adminCommand(env, ['rotate-keys']);
    expect(rotated).toMatchObject({ code: 0, stderr: '' });
    const kid = /key (\S+) from/.exec(rotated.stdout)![1]!;
    const kidOf = (token: string) =>
      (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
    while (!(await kids(server.url)).includes(kid)) await pause(20);
    const fresh = (await refresh(one)).body;
    expect(kidOf(fresh.token)).toBe(kid);
    // Whether the other server has heard of the key yet or not.
    expect(await meStatus(fresh.token, other.url)).toBe(200);
    await enter(fresh.token, other.url);
    expect([await kids(server.url), await kids(other.url)]).toEqual([
      [kid, ...before],
      [kid, ...before],
    ]);
    expect(await meStatus(one.token)).toBe(200);
    expect(await open.request('ping')).toMatchObject({ type: 'pong' });
    const { guestToken } = guest;
    const again = await WireClient.guest(other.url, undefined, { guestToken });
    expect(again.user).toEqual(guest.user);
  });
});

describe('a restart', () => {
  it('[AUTH-50] [AUTH-57] [AUTH-60] forgets no end of a login, no profile and no key', async () => {
    const { id, one, two } = await twoLogins('Fay');
    await rest(server.url, 'PATCH', '/me', { token: two.token, payload: { name: 'Fay the second' } });
    await rest(server.url, 'POST', '/logout', { payload: one });
    await adminCommand(env, ['rotate-keys']);
    const third = await startServer({ env: { ...env, SHARDS: '1' } });
    try {
      expect(await meStatus(one.token, third.url)).toBe(401);
      expect(await meStatus(two.token, third.url)).toBe(200);
      expect((await enter(two.token, third.url)).user).toMatchObject({ id, name: 'Fay the second' });
    } finally {
      await closeWireClients();
      await third.stop();
    }
  });
});
