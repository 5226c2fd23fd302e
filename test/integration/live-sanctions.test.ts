/** Bans and mutes that hold everywhere, over real sockets, threads and PostgreSQL. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { logIn, register } from '../support/account-client.ts';
import { type GatewaysHere, guestOn, startGatewaysHere } from '../support/gateways-here.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import { serverToken } from '../support/server-tokens.ts';
import { startServer } from '../support/server-process.ts';
import { closeWireClients, refusedUpgrade, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let mod: WireClient;
let modToken: string;
beforeAll(async () => {
  server = await startWireServer({ TRUST_PROXY: '127.0.0.1' });
  const { connectionString } = server.database;
  modToken = await serverToken(connectionString, { name: 'Mod', roles: ['user', 'moderator'] });
});
afterEach(closeWireClients);
afterAll(() => server.end());

async function enter(token: string, url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

/** A moderator who is here for this test. */
async function moderator(url = server.url): Promise<WireClient> {
  mod = await enter(modToken, url);
  return mod;
}

const PASSWORD = 'correct horse battery';
async function account(name: string): Promise<{ id: string; token: string }> {
  const id = await register(server.url, name, PASSWORD);
  return { id, token: (await logIn(server.url, name, PASSWORD)).token };
}

const ask = (type: string, data: object) => mod.request(type, undefined, data);

/** What becomes of a hello with these credentials: the code it is closed with, or null when it is welcomed. */
async function closedWith(data: object, url = server.url): Promise<number | null> {
  const client = await WireClient.connect(url);
  client.send({ type: 'hello', data });
  const welcomed = client.next('welcome').then(
    () => null,
    () => null,
  );
  return Promise.race([welcomed, client.closed.then(({ code }) => code)]);
}

describe('a ban from everywhere', () => {
  it('[BAN-1] [BAN-4] [BAN-6] closes all tabs with 4003, refuses at the door, and lets in again when it is pardoned', async () => {
    const { id, token } = await account('Ada');
    const tabs = await Promise.all([enter(token), enter(token), enter(token)]);
    const bystander = await WireClient.guest(server.url, 'Bob');
    for (const [index, client] of [...tabs, bystander].entries()) await client.join(`room-${index % 3}`);
    await moderator();
    const answer = await ask('user:ban', { user: { name: 'ADA' }, reason: 'spam', seconds: 3_600 });
    expect(answer).toMatchObject({ type: 'ack', data: { until: expect.any(Number) as number } });
    for (const { closed } of tabs) {
      const { code, reason } = await closed;
      expect([code, reason]).toEqual([
        4003,
        expect.stringMatching(/^banned from this server until .*: spam$/),
      ]);
    }
    expect(await bystander.request('ping')).toMatchObject({ type: 'pong' });
    for (const options of [{ query: { token } }, { headers: { authorization: `Bearer ${token}` } }]) {
      const refused = await refusedUpgrade(server.url, options);
      expect(refused).toMatchObject({ status: 403, type: expect.stringContaining('problem+json') as string });
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'banned' });
    }
    expect(await closedWith({ token })).toBe(4003);
    const fresh = (await logIn(server.url, 'Ada', PASSWORD)).token;
    expect(await closedWith({ token: fresh })).toBe(4003);
    const rest = await fetch(`${server.url}/channels`, { headers: { authorization: `Bearer ${fresh}` } });
    expect([rest.status, await rest.json()]).toMatchObject([403, { code: 'banned' }]);
    expect(await bystander.request('auth:refresh', undefined, { token })).toMatchObject({
      data: { code: 'banned' },
    });
    expect(await ask('user:unban', { user: { id } })).toMatchObject({ type: 'ack' });
    await enter(token);
    expect(await ask('user:unban', { user: { id } })).toMatchObject({ data: { code: 'not_found' } });
  });

  it('[BAN-2] finds a guest again by their token, and by their address where that was named', async () => {
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const hello = async (data: object, address: string) => {
      const client = await WireClient.connect(server.url, from(address));
      client.send({ type: 'hello', data });
      return client;
    };
    const guest = await hello({ name: 'Gus' }, '192.0.2.10');
    const { user, guestToken } = await guest.welcomed();
    const neighbour = await hello({ name: 'Nina' }, '192.0.2.10');
    await neighbour.welcomed();
    await moderator();
    expect(await ask('user:ban', { user: { id: user.id } })).toMatchObject({ type: 'ack' });
    expect((await guest.closed).code).toBe(4003);
    expect(await closedWith({ guestToken })).toBe(4003);
    expect(await closedWith({ guestToken, name: 'Another' })).toBe(4003);
    expect(await neighbour.request('ping')).toMatchObject({ type: 'pong' });
    const named = await ask('user:ban', { user: { id: user.id }, address: '192.0.2.10' });
    expect(named.data).toMatchObject({ replaced: true });
    expect((await neighbour.closed).code).toBe(4003);
    const again = await hello({ name: 'Nobody' }, '192.0.2.10');
    expect((await again.closed).code).toBe(4003);
    const atOnce = { query: { channelId: 'room' }, ...from('192.0.2.10') };
    expect(await refusedUpgrade(server.url, atOnce)).toMatchObject({ status: 403 });
    await (await hello({ name: 'Olga' }, '192.0.2.11')).welcomed();
    expect(await ask('user:unban', { user: { id: user.id } })).toMatchObject({ type: 'ack' });
    await (await hello({ guestToken }, '192.0.2.10')).welcomed();
  });

  it('[BAN-4] ends by itself, at its time', async () => {
    const guest = await WireClient.guest(server.url, 'Eve');
    const { guestToken } = guest;
    await moderator();
    const { data } = await ask('user:ban', { user: { id: guest.user.id }, seconds: 1 });
    const { until } = data as unknown as { until: number };
    await guest.closed;
    let code = await closedWith({ guestToken });
    while (code !== null) {
      expect(code).toBe(4003);
      code = await closedWith({ guestToken });
    }
    expect(Date.now()).toBeGreaterThanOrEqual(until);
  });

  it('[BAN-1] reaches the other servers of the database, and holds after a restart', async () => {
    const env = { SHARDS: '1', DATABASE_URL: server.database.connectionString };
    const guest = await WireClient.guest(server.url, 'Fay');
    const { guestToken } = guest;
    const second = await startServer({ env });
    try {
      const elsewhere = await WireClient.guest(second.url, undefined, { guestToken });
      expect(elsewhere.user.id).toBe(guest.user.id);
      await moderator();
      expect(await ask('user:ban', { user: { id: guest.user.id } })).toMatchObject({ type: 'ack' });
      expect((await guest.closed).code).toBe(4003);
      expect((await elsewhere.closed).code).toBe(4003);
      expect(await closedWith({ guestToken }, second.url)).toBe(4003);
    } finally {
      await second.stop();
    }
    const again = await startServer({ env });
    try {
      expect(await closedWith({ guestToken }, again.url)).toBe(4003);
    } finally {
      await again.stop();
    }
  });

  it('[BAN-5] of somebody of one’s own rank or above is forbidden, wherever they are', async () => {
    const { id, token } = await account('Chief');
    const admin = await serverToken(server.database.connectionString, {
      name: 'R',
      roles: ['user', 'admin'],
    });
    const given = await fetch(`${server.url}/users/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ roles: ['moderator'] }),
    });
    expect(given.status).toBe(200);
    await moderator();
    expect(await ask('user:ban', { user: { id } })).toMatchObject({ data: { code: 'forbidden' } });
    const chief = await enter(token);
    expect(await chief.request('user:ban', undefined, { user: { id } })).toMatchObject({
      data: { code: 'forbidden' },
    });
    const root = await enter(admin);
    expect(await root.request('user:ban', undefined, { user: { id } })).toMatchObject({ type: 'ack' });
    expect((await chief.closed).code).toBe(4003);
  });

  it('[BAN-9] makes whispers to them go nowhere, until it ends', async () => {
    const [guest, friend] = [
      await WireClient.guest(server.url, 'Hal'),
      await WireClient.guest(server.url, 'Ivo'),
    ];
    const whisper = (content: string) =>
      friend.request('whisper:send', undefined, { to: { id: guest.user.id }, content });
    expect(await whisper('before')).toMatchObject({ type: 'ack' });
    await moderator();
    await ask('user:ban', { user: { id: guest.user.id } });
    await guest.closed;
    await expect.poll(async () => (await whisper('during')).data.code).toBe('not_found');
    await ask('user:unban', { user: { id: guest.user.id } });
    await expect.poll(async () => (await whisper('after')).type).toBe('ack');
  });
});

describe('what a ban deletes', () => {
  /** Says `count` things in each room, and gives their ids. */
  async function flood(
    guest: WireClient,
    rooms: readonly string[],
    count: number,
  ): Promise<Map<string, string[]>> {
    const ids = new Map<string, string[]>();
    for (const room of rooms) {
      await guest.join(room);
      const sent: string[] = [];
      for (let n = 0; n < count; n += 1) {
        sent.push((await guest.request('message:send', room, { content: `buy ${n}` })).data.id);
      }
      ids.set(room, sent);
    }
    return ids;
  }

  /** Waits for the deletion of each of them. */
  async function deletions(watcher: WireClient, room: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await watcher.next(
        (frame) => frame.type === 'message:deleted' && frame.channelId === room && frame.data.id === id,
        `the deletion of ${id}`,
      );
    }
  }

  it('[BAN-10] is deleted in all channels, as events, for who is here and for who comes later', async () => {
    const rooms = ['flood-a', 'flood-b', 'flood-c', 'flood-d'];
    const guest = await WireClient.guest(server.url, 'Max');
    const watcher = await WireClient.guest(server.url, 'Wim');
    for (const room of rooms) {
      await watcher.join(room);
      await watcher.say(room, 'stays');
    }
    const ids = await flood(guest, rooms, 5);
    await moderator();
    const ban = { user: { id: guest.user.id }, deleteSeconds: 600 };
    expect(await ask('user:ban', ban)).toMatchObject({ type: 'ack' });
    expect((await guest.closed).code).toBe(4003);
    for (const room of rooms) await deletions(watcher, room, ids.get(room) ?? []);
    const late = await WireClient.guest(server.url, 'Zoe');
    for (const room of rooms) {
      const { events } = (await late.join(room)).data;
      const texts = events.filter(({ type }) => type === 'message:created').map(({ data }) => data.content);
      expect(texts).toEqual(['stays', ...Array<undefined>(5).fill(undefined)]);
      expect(watcher.liveSeqs(room)).toEqual(upTo(11));
    }
  });

  it('[BAN-12] by `deleteSeconds` from a channel, and `message:purge`, only there, more than a page of them too', async () => {
    const rooms = ['purged', 'spared'];
    const guest = await WireClient.guest(server.url, 'Ned');
    const ids = await flood(guest, rooms, 120);
    const watcher = await WireClient.guest(server.url, 'Wes');
    for (const room of rooms) await watcher.join(room);
    await moderator();
    await mod.join('purged');
    const user = { name: 'ned' };
    expect(await watcher.request('message:purge', 'purged', { user, seconds: 60 })).toMatchObject({
      data: { code: 'forbidden' },
    });
    expect(await mod.request('message:purge', 'purged', { user, seconds: 600 })).toMatchObject({
      type: 'ack',
      data: { deleted: 120 },
    });
    await deletions(watcher, 'purged', ids.get('purged') ?? []);
    expect(await mod.request('message:purge', 'purged', { user, seconds: 600 })).toMatchObject({
      data: { deleted: 0 },
    });
    const { id } = (await guest.request('message:send', 'purged', { content: 'once more' })).data;
    const ban = { user: { id: guest.user.id }, deleteSeconds: 600 };
    expect(await mod.request('user:ban', 'purged', ban)).toMatchObject({ type: 'ack' });
    await deletions(watcher, 'purged', [id]);
    expect(
      watcher.frames.filter(({ channelId, type }) => channelId === 'spared' && type === 'message:deleted'),
    ).toEqual([]);
  });
});

describe('a mute everywhere', () => {
  it('[BAN-3] [BAN-6] keeps somebody from writing in channels and inboxes, on every connection, and is told', async () => {
    const guest = await WireClient.guest(server.url, 'Kim');
    const tab = await WireClient.guest(server.url, undefined, { guestToken: guest.guestToken });
    const rooms = ['quiet-a', 'quiet-b', 'quiet-c', 'quiet-d'];
    for (const room of rooms) for (const client of [guest, tab]) await client.join(room);
    const seq = await guest.say('quiet-a', 'before');
    const { id } = (await guest.event('quiet-a', seq)).data;
    await moderator();
    const muted = await ask('user:mute', { user: { id: guest.user.id }, seconds: 600 });
    const { until } = muted.data as unknown as { until: number };
    for (const client of [guest, tab]) {
      expect((await client.next('user:updated')).data.user).toMatchObject({ mutedUntil: until });
    }
    for (const client of [guest, tab]) {
      for (const room of rooms) {
        const { data } = await client.request('message:send', room, { content: 'during' });
        expect(data).toMatchObject({ code: 'muted', retryAfterMs: expect.any(Number) as number });
        expect(data.retryAfterMs).toBeLessThanOrEqual(600_000);
      }
      for (const [type, data] of [
        ['message:update', { id, content: 'other' }],
        ['typing:start', {}],
      ] as const) {
        expect((await client.request(type, 'quiet-a', data)).data.code).toBe('muted');
      }
      const whisper = { to: { id: mod.user.id }, content: 'psst' };
      expect((await client.request('whisper:send', undefined, whisper)).data.code).toBe('muted');
    }
    const late = await WireClient.guest(server.url, undefined, { guestToken: guest.guestToken });
    await late.join('quiet-a');
    expect((await late.request('message:send', 'quiet-a', { content: 'x' })).data.code).toBe('muted');
    expect(late.user).toMatchObject({ mutedUntil: until });
    expect(await guest.request('message:delete', 'quiet-a', { id })).toMatchObject({ type: 'ack' });
    expect(await ask('user:mute', { user: { id: guest.user.id } })).toMatchObject({
      data: { replaced: true },
    });
    await guest.next('user:updated');
    expect(await ask('user:unmute', { user: { id: guest.user.id } })).toMatchObject({ type: 'ack' });
    expect((await guest.next('user:updated')).data.user).not.toHaveProperty('mutedUntil');
    expect(await guest.say('quiet-a', 'after')).toBeGreaterThan(seq);
  });

  it('[BAN-4] ends by itself, at its time', async () => {
    const guest = await WireClient.guest(server.url, 'Leo');
    await guest.join('patience');
    await moderator();
    const { data } = await ask('user:mute', { user: { id: guest.user.id }, seconds: 1 });
    await guest.next('user:updated');
    let answer = await guest.request('message:send', 'patience', { content: 'now?' });
    while (answer.type !== 'ack') {
      expect(answer.data).toMatchObject({ code: 'muted' });
      answer = await guest.request('message:send', 'patience', { content: 'now?' });
    }
    expect(answer.timestamp).toBeGreaterThanOrEqual((data as unknown as { until: number }).until);
  });
});

describe('with two gateways', () => {
  let gateways: GatewaysHere;
  beforeAll(async () => {
    gateways = await startGatewaysHere({}, (target) => startPostgresProxy(target));
  });
  afterAll(() => gateways.end());

  it('[BAN-1] [BAN-3] bans and mutes hold on both, asked for over either or over REST', async () => {
    const { url, database } = gateways;
    const token = await serverToken(database.connectionString, { name: 'Mod', roles: ['user', 'moderator'] });
    const staff = await enter(token, url);
    for (const how of ['socket', 'rest'] as const) {
      const one = await guestOn(url, 0);
      const { guestToken } = one;
      const two = await guestOn(url, 1, { guestToken });
      const { id } = one.user;
      const act = async (type: 'mute' | 'ban') => {
        if (how === 'socket') {
          expect(await staff.request(`user:${type}`, undefined, { user: { id } })).toMatchObject({
            type: 'ack',
          });
          return;
        }
        const answer = await fetch(`${url}/users/${type}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ [type === 'ban' ? 'banished_id' : 'muted_id']: id }),
        });
        expect(answer.status).toBe(201);
      };
      await act('mute');
      for (const client of [one, two]) {
        expect((await client.next('user:updated')).data.user).toMatchObject({ mutedUntil: null });
      }
      await act('ban');
      for (const { closed } of [one, two]) expect((await closed).code).toBe(4003);
      expect(await closedWith({ guestToken }, url)).toBe(4003);
    }
  });
});
