/** Rights that change while people are connected, over real sockets, threads and PostgreSQL. */
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken, type TokenWishes } from '../support/server-tokens.ts';
import { startServer } from '../support/server-process.ts';
import { closeWireClients, refusedUpgrade, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let admin: string;
beforeAll(async () => {
  server = await startWireServer();
  admin = await tokenFor({ name: 'Root', roles: ['user', 'admin'] });
});
afterEach(closeWireClients);
afterAll(() => server.end());

const tokenFor = (wishes: TokenWishes): Promise<string> =>
  serverToken(server.database.connectionString, wishes);

async function enter(token: string, url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

async function revoke(body: object, token = admin): Promise<Response> {
  return fetch(`${server.url}/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const codeOf = async (answer: Response): Promise<[number, unknown]> => [
  answer.status,
  ((await answer.json()) as { code: unknown }).code,
];

describe('revocation', () => {
  it('[LIVE-1] [LIVE-5] of a token closes its connections in all channels, and opens none any more', async () => {
    const [token, other] = await Promise.all([tokenFor({ name: 'Ada' }), tokenFor({ name: 'Bob' })]);
    const [query, header, bystander] = await Promise.all([enter(token), enter(token), enter(other)]);
    await query.join('a');
    await header.join('b');
    expect((await revoke({ token_id: decodeJwt(token).jti })).status).toBe(204);
    expect((await query.closed).code).toBe(4004);
    expect((await header.closed).code).toBe(4004);
    expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
    expect(await refusedUpgrade(server.url, { query: { token } })).toMatchObject({ status: 401 });
    const hello = await WireClient.connect(server.url);
    hello.send({ type: 'hello', data: { token } });
    expect((await hello.closed).code).toBe(4001);
    const rest = await fetch(`${server.url}/channels`, { headers: { authorization: `Bearer ${token}` } });
    expect(await codeOf(rest)).toEqual([401, 'unauthorized']);
    expect(await bystander.request('auth:refresh', undefined, { token })).toMatchObject({
      data: { code: 'unauthorized' },
    });
  });

  it('[LIVE-1] of a user ends what was signed before and nothing that is signed since', async () => {
    const id = 'user-of-two-tokens';
    const old = await enter(await tokenFor({ id, name: 'Cleo' }));
    expect((await revoke({ user_id: id })).status).toBe(204);
    expect((await old.closed).code).toBe(4004);
    const fresh = await enter(await tokenFor({ id, name: 'Cleo' }));
    expect((await revoke({ user_id: id, since: 1_000 })).status).toBe(204);
    expect(await fresh.request('ping')).toMatchObject({ type: 'pong' });
  });

  it('[LIVE-2] survives a restart, and reaches the other servers of the database', async () => {
    const env = { SHARDS: '2', DATABASE_URL: server.database.connectionString };
    const [here, there] = await Promise.all([tokenFor({ name: 'Here' }), tokenFor({ name: 'There' })]);
    const second = await startServer({ env });
    try {
      const elsewhere = await enter(there, second.url);
      await revoke({ token_id: decodeJwt(there).jti });
      expect((await elsewhere.closed).code).toBe(4004);
      await revoke({ token_id: decodeJwt(here).jti });
    } finally {
      await second.stop();
    }
    const again = await startServer({ env });
    try {
      expect(await refusedUpgrade(again.url, { query: { token: here } })).toMatchObject({ status: 401 });
    } finally {
      await again.stop();
    }
  });

  it('[LIVE-5] is for administrators, and says what is wrong with what was sent', async () => {
    const moderator = await tokenFor({ name: 'Mod', roles: ['user', 'moderator'] });
    expect(await codeOf(await revoke({ token_id: 'x' }, 'nonsense'))).toEqual([401, 'unauthorized']);
    expect(await codeOf(await revoke({}, moderator))).toEqual([403, 'forbidden']);
    const bad = [
      {},
      { token_id: 'a', user_id: 'b' },
      { token_id: 'a', since: 5 },
      { user_id: 'b', since: Date.now() + 60_000 },
      { user_id: '' },
      { token_id: 'a'.repeat(257) },
      { user_id: 'a\0b' },
    ];
    for (const body of bad) expect(await codeOf(await revoke(body))).toEqual([400, 'bad_request']);
  });

  it('[LIVE-9] of a guest makes a new one of them', async () => {
    const guest = await WireClient.guest(server.url, 'Gus');
    const { id } = guest.user;
    const { guestToken } = guest;
    const back = await WireClient.guest(server.url, undefined, { guestToken });
    expect(back.user.id).toBe(id);
    expect((await revoke({ user_id: id })).status).toBe(204);
    expect((await guest.closed).code).toBe(4004);
    const anew = await WireClient.guest(server.url, 'Gus', { guestToken });
    expect(anew.user.id).not.toBe(id);
    const rest = await fetch(`${server.url}/channels`, {
      headers: { authorization: `Bearer ${guestToken}` },
    });
    expect(rest.status).toBe(401);
  });
});
