/** What holds over all gateway threads together: limits, rights, addresses, the way down. */
import { readdir, readFile } from 'node:fs/promises';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaysHere, guestOn, startGatewaysHere, userOn } from '../support/gateways-here.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import { serverToken } from '../support/server-tokens.ts';
import { startServer } from '../support/server-process.ts';
import { closeWireClients, type Frame, refusedUpgrade, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

afterEach(closeWireClients);

describe('two gateways in this process', () => {
  /** Goes on from test to test until one ends it. */
  let server: GatewaysHere | null = null;
  const running = async (): Promise<GatewaysHere> => {
    const limits = { RATE_LIMIT_MESSAGES: '5', RATE_LIMIT_WINDOW_SECONDS: '60' };
    server ??= await startGatewaysHere(limits, (target) => startPostgresProxy(target));
    return server;
  };
  beforeAll(running);
  afterAll(() => server?.end());

  it('[LIMIT-3] [GATE-10] a user has one allowance on both', async () => {
    const { url } = await running();
    const one = await guestOn(url, 0);
    const two = await guestOn(url, 1, { guestToken: one.guestToken });
    for (const client of [one, two]) await client.join('limited');
    const answers: Frame[] = [];
    for (const n of upTo(8)) {
      const client = n % 2 === 0 ? one : two;
      answers.push(await client.request('message:send', 'limited', { content: `m${n}` }));
    }
    expect(answers.map(({ type }) => type)).toEqual([
      ...upTo(5).map(() => 'ack'),
      ...upTo(3).map(() => 'error'),
    ]);
    for (const client of [one, two]) await client.event('limited', 5);
  });

  it('[LIVE-1] [LIVE-5] [GATE-11] a revocation holds on both when it is answered', async () => {
    const { url, database } = await running();
    const sign = (name: string, ...roles: ('user' | 'admin')[]): Promise<string> =>
      serverToken(database.connectionString, { name, roles });
    const [token, admin] = await Promise.all([sign('Ada', 'user'), sign('Root', 'user', 'admin')]);
    const clients = [await userOn(url, 0, token), await userOn(url, 1, token)];
    for (const client of clients) await client.join('revoked');
    const answer = await fetch(`${url}/revocations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ token_id: decodeJwt(token).jti }),
    });
    expect(answer.status).toBe(204);
    // At once, on whichever gateway the attempts land.
    const attempts = await Promise.all(upTo(10).map(() => refusedUpgrade(url, { query: { token } })));
    expect(new Set(attempts.map(({ status }) => status))).toEqual(new Set([401]));
    for (const { closed } of clients) expect((await closed).code).toBe(4004);
  });

  it('[SERVER-3] the server’s name is another one on both when that is answered', async () => {
    const { url, database } = await running();
    const token = await serverToken(database.connectionString, { name: 'Boss', roles: ['user', 'admin'] });
    const call = async (name: string | null): Promise<unknown[]> => {
      const answer = await fetch(`${url}/server`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
      expect(answer.status).toBe(200);
      const discovery = (await (await fetch(`${url}/discovery`)).json()) as { server_name: string };
      const welcomes = [await guestOn(url, 0), await guestOn(url, 1)].map((client) => {
        const [welcome] = client.seen('welcome').map(({ data }) => data as unknown);
        return (welcome as { server: { name: string } }).server.name;
      });
      return [discovery.server_name, ...welcomes];
    };
    expect(await call('The house')).toEqual(upTo(3).map(() => 'The house'));
    expect(await call(null)).toEqual(upTo(3).map(() => 'Hubbub'));
  });

  it('[LIVE-11] [LIVE-12] connections on both are told, and end when that is answered', async () => {
    const { url, database } = await running();
    const token = await serverToken(database.connectionString, { id: 'many', name: 'Many' });
    const clients = [await userOn(url, 1, token), await userOn(url, 0, token), await userOn(url, 1, token)];
    const mod = await serverToken(database.connectionString, { name: 'Mod', roles: ['user', 'moderator'] });
    const ask = async (method: string, query = '') => {
      const headers = { authorization: `Bearer ${mod}` };
      const answer = await fetch(`${url}/users/many/sessions${query}`, { method, headers });
      return (await answer.json()) as { items: { id: string }[]; ended: number };
    };
    const { items } = await ask('GET');
    expect(items.map(({ id }) => id.split('-')[0])).toEqual(['1', '0', '1']);
    expect(items[0]).toMatchObject({
      user: { id: 'many', name: 'Many' },
      address: '127.0.0.1',
      guest: false,
    });
    expect(await ask('DELETE', `?session_id=${items[0]!.id}`)).toEqual({ ended: 1, servers_missing: 0 });
    expect((await clients[0]!.closed).code).toBe(4004);
    expect(await ask('DELETE')).toEqual({ ended: 2, servers_missing: 0 });
    for (const client of clients) expect((await client.closed).code).toBe(4004);
    expect(await ask('GET')).toMatchObject({ items: [] });
    expect(await ask('DELETE')).toEqual({ ended: 0, servers_missing: 0 });
  });

  it('[DASH-14] figures of both are told on each, where somebody watches', async () => {
    const { url, database } = await running();
    const mod = await serverToken(database.connectionString, { name: 'Mona', roles: ['user', 'moderator'] });
    const clients = [await userOn(url, 0, mod), await userOn(url, 1, mod)];
    const asked = clients.map((client) => client.request('analytics:subscribe', undefined, {}));
    expect((await Promise.all(asked)).map(({ type }) => type)).toEqual(['ack', 'ack']);
    for (const client of clients) {
      const { data } = await client.next('analytics:snapshot');
      expect(data).toMatchObject({
        ...{ part: 1, parts: 1 },
        gateways: [
          { gateway: 'gateway-0', answers: true },
          { gateway: 'gateway-1', answers: true },
        ],
      });
      await client.next('analytics:update');
    }
    const [leaving, staying] = clients as [WireClient, WireClient];
    expect((await leaving.request('analytics:unsubscribe', undefined, {})).type).toBe('ack');
    const told = leaving.seen('analytics:update').length;
    for (let n = 0; n < 2; n += 1) await staying.next('analytics:update');
    expect(leaving.seen('analytics:update')).toHaveLength(told);
  });

  it('[LIVE-3] [GATE-11] a role that is given reaches connections on both', async () => {
    const { url, database } = await running();
    const account = { username: 'Kim', password: 'correct horse' };
    const post = async (path: string, body: object): Promise<{ user: { id: string }; token: string }> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.json() as never;
    };
    const { user } = await post('/register', account);
    const { token } = await post('/login', account);
    const clients = [await userOn(url, 0, token), await userOn(url, 1, token)];
    const admin = await serverToken(database.connectionString, { name: 'Root', roles: ['user', 'admin'] });
    const given = await fetch(`${url}/users/${user.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ roles: ['moderator'] }),
    });
    expect(given.ok).toBe(true);
    for (const client of clients) {
      const { data } = await client.next('user:updated');
      expect(data.user).toMatchObject({ name: 'Kim', roles: expect.arrayContaining(['moderator']) });
    }
  });

  it('[GATE-14] a gateway that ends while the database is away is replaced when that is back, and the other one goes on', async () => {
    const here = await running();
    const ada = await guestOn(here.url, 0);
    await ada.join('away');
    await here.proxy?.stop();
    here.breakGateway(1, 'exit');
    while (!(await here.missing()).includes('Gateway 1 is being replaced.'));
    expect((await ada.request('presence:get', 'away')).data.count).toBe(1);
    expect(
      (await ada.request('message:send', 'away', { content: 'x', clientMessageId: 'x' })).data.code,
    ).toBe('unavailable');
    expect(await here.missing()).toContain('Gateway 1 is being replaced.');
    await here.proxy?.listen();
    const bob = await guestOn(here.url, 1);
    await bob.join('away');
    expect(await here.missing()).not.toContain('Gateway 1 is being replaced.');
  });

  it('[GATE-12] a gateway that ends while the server goes down is not waited for', async () => {
    const here = await running();
    const client = await guestOn(here.url, 0);
    await client.join('down');
    here.breakGateway(1, 'loop');
    server = null;
    await here.end();
    expect((await client.closed).code).toBe(4200);
  });
});

const forged = {
  ...{ 'x-hubbub-peer': '192.0.2.1', 'x-forwarded-for': '198.51.100.7' },
  ...{ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
};
const discovered = async (url: string): Promise<string> => {
  const answer = (await (await fetch(`${url}/discovery`, { headers: forged })).json()) as {
    auth_url: string;
  };
  return new URL(answer.auth_url).origin;
};

describe('two gateways behind no proxy of ours', () => {
  let server: WireServer;
  beforeAll(async () => {
    const limits = { TRUST_PROXY: '192.0.2.1', MAX_CONNECTIONS_PER_ADDRESS: '3' };
    server = await startWireServer({ GATEWAYS: '2', SHARDS: '1', ...limits });
  });
  afterAll(() => server.end());

  it('[GATE-5] [HTTP-26] nobody becomes a trusted proxy by a header', async () => {
    expect(await discovered(server.url)).toBe(server.url);
    const all = await Promise.all(upTo(3).map(() => WireClient.connect(server.url, { headers: forged })));
    const other = { ...forged, 'x-hubbub-peer': '192.0.2.9', 'x-forwarded-for': '198.51.100.8' };
    expect((await refusedUpgrade(server.url, { headers: other })).status).toBe(429);
    expect(all).toHaveLength(3);
  });
});

describe('two gateways behind a proxy', () => {
  /** Goes on from test to test until one ends it. */
  let server: WireServer | null = null;
  const running = async (): Promise<WireServer> => {
    server ??= await startWireServer({ GATEWAYS: '2', SHARDS: '2', TRUST_PROXY: 'loopback' });
    return server;
  };
  beforeAll(running);
  afterAll(() => server?.end());

  it('[GATE-5] [OPS-31] [HTTP-26] a proxy that is one is believed', async () => {
    const { url } = await running();
    expect(await discovered(url)).toBe('https://evil.example');
    // Too many attempts of one address are refused, those of another aren't.
    const attempt = (address: string): Promise<Response> =>
      fetch(`${url}/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ refresh_token: 'x'.repeat(64) }),
      });
    let tries = 0;
    while ((await attempt('198.51.100.7')).status !== 429) {
      tries += 1;
      expect(tries).toBeLessThan(200);
    }
    expect((await attempt('198.51.100.8')).status).toBe(401);
  });

  it('[GATE-1] [GATE-13] threads of gateways and shards have names, and sockets come in on all gateways', async () => {
    const { url, pid } = await running();
    const names = await Promise.all(
      (await readdir(`/proc/${pid}/task`)).map(async (task) =>
        (await readFile(`/proc/${pid}/task/${task}/comm`, 'latin1')).trim(),
      ),
    );
    const ours = names.filter((name) => /^(shard|gateway)-/.test(name));
    expect(ours.sort()).toEqual(['gateway-0', 'gateway-1', 'shard-0', 'shard-1']);
    for (const gateway of [0, 1]) await guestOn(url, gateway);
  });

  it('[GATE-12] [CONN-14] [OPS-16] everyone on every gateway is told 4200, and what was taken in is answered and shown', async () => {
    const first = await running();
    const clients = [
      ...(await Promise.all([guestOn(first.url, 0), guestOn(first.url, 0)])),
      ...(await Promise.all([guestOn(first.url, 1), guestOn(first.url, 1)])),
    ];
    const silent = await WireClient.connect(first.url);
    for (const client of clients) for (const id of ['down-a', 'down-b']) await client.join(id);
    /** Sends without a pause, for as long as the socket is open. */
    const writing = clients.map(async (client) => {
      for (let n = 0; client.socket.readyState === client.socket.OPEN; n += 1) {
        for (const channelId of ['down-a', 'down-b'])
          client.send({
            type: 'message:send',
            ref: `${n}`,
            channelId,
            data: { content: `${client.user.id} ${n}` },
          });
        await Promise.race([client.next('ack').catch(() => null), client.closed]);
      }
    });
    await clients[0]!.event('down-a', 200);
    server = null;
    const exit = first.stop();
    const closings = await Promise.all([...clients, silent].map(({ closed }) => closed));
    expect(await exit).toBe(0);
    await Promise.all(writing);
    for (const { code, reason } of closings) {
      expect(code).toBe(4200);
      expect(reason).toMatch(/^\d{1,5}$/);
    }
    expect(first.output()).not.toMatch(/"level":"(error|fatal)"|\n\s+at /);

    const again = await startServer({
      env: { SHARDS: '1', DATABASE_URL: first.database.connectionString, RATE_LIMIT_MESSAGES: '100000' },
    });
    try {
      const reader = await WireClient.guest(again.url);
      for (const id of ['down-a', 'down-b']) {
        const { seq: head } = (await reader.join(id, { limit: 1 })).data;
        const log: Frame[] = [];
        while (log.length < head) {
          const query = { afterSeq: log.length, limit: 200 };
          log.push(...(await reader.request('history:get', id, query)).data.events);
        }
        for (const client of clients) {
          const shown = client.frames.filter(({ seq, channelId }) => seq !== undefined && channelId === id);
          expect(shown.length).toBe(head);
          expect(shown).toEqual(log);
          for (const { data, channelId } of client.seen('ack'))
            if (channelId === id) expect(log[data.seq - 1]?.data.id).toBe(data.id);
        }
      }
    } finally {
      await again.stop();
      await first.database.drop();
    }
  });
});
