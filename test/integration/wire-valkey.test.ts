/** Two servers on one PostgreSQL and one Valkey. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { rest } from '../support/account-client.ts';
import { serverToken } from '../support/server-tokens.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { type RunningValkey, startValkey } from '../support/valkey.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let valkey: RunningValkey;
let one: WireServer;
let two: ServerProcess;
beforeAll(async () => {
  valkey = await startValkey();
  const limits = { RATE_LIMIT_MESSAGES: '5', RATE_LIMIT_WINDOW_SECONDS: '60' };
  const env = { SHARDS: '1', VALKEY_URL: valkey.url, ...limits };
  one = await startWireServer(env);
  // Its sockets are on a thread of their own.
  two = await startServer({ env: { ...env, GATEWAYS: '1', DATABASE_URL: one.database.connectionString } });
});
afterEach(closeWireClients);
afterAll(async () => {
  for (const server of [one, two]) expect(server.output()).not.toContain('"level":"error"');
  await two.stop();
  await one.end();
  await valkey.stop();
});

async function publish(channelId: string, type: string, data: object): Promise<number> {
  return valkey.client.publish(
    `channel:${channelId}`,
    JSON.stringify({ type, channelId, timestamp: 1, data }),
  );
}

/** 0 before there is anything to count. */
async function figure(server: { readonly url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

const MESSAGE = { id: 'msg_1', content: 'Hello', authorId: 'user_1', authorName: 'John', createdAt: 'today' };

describe('two servers', () => {
  it('[VALKEY-11] count what a user sends together', async () => {
    const here = await WireClient.guest(one.url);
    await here.join('limits');
    for (let n = 1; n <= 4; n += 1) await here.say('limits', `${n}`);
    const there = await WireClient.guest(two.url, undefined, { guestToken: here.guestToken });
    await there.join('limits');
    const send = () => there.request('message:send', 'limits', { content: 'x' });
    const answers: string[] = [];
    // Two learns of what one let through with its own first message.
    await expect
      .poll(
        async () => {
          answers.push((await send()).type);
          return answers.at(-1);
        },
        { interval: 100 },
      )
      .toBe('error');
    expect(answers.length).toBeLessThanOrEqual(3);
    expect(await send()).toMatchObject({ data: { code: 'rate_limited' } });
  });

  it.each([
    ['main', 'a thread'],
    ['a thread', 'main'],
  ])('[VALKEY-13] hear of a ban at once, from %s to %s', async (from) => {
    const [mine, other] = from === 'main' ? [one, two] : [two, one];
    const token = await serverToken(one.database.connectionString, {
      name: 'Mod',
      roles: ['user', 'moderator'],
    });
    const mod = await WireClient.connect(mine.url, { headers: { authorization: `Bearer ${token}` } });
    await mod.welcomed();
    const guest = await WireClient.guest(other.url);
    const told = 'hubbub_valkey_commands_total{command="hint"}';
    const before = await figure(mine, told);
    await mod.request('user:ban', undefined, { user: { id: guest.user.id }, seconds: 60 });
    expect((await guest.closed).code).toBe(4003);
    await expect.poll(() => figure(mine, told)).toBeGreaterThan(before);
  });
});

describe('two servers are one chat', () => {
  const connect = async (url: string, name: string, ...roles: Role[]) => {
    const token = await serverToken(one.database.connectionString, { name, roles: ['user', ...roles] });
    const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
    await client.welcomed();
    return client;
  };

  it('[NODE-1] [NODE-7] what is written and who types on one is shown on the other at once', async () => {
    const here = await WireClient.guest(one.url);
    const there = await WireClient.guest(two.url);
    for (const client of [here, there]) await client.join('both');
    await here.request('typing:start', 'both');
    expect((await there.next('typing:start')).data).toMatchObject({ user: { id: here.user.id } });
    for (const [seq, from, to] of [
      [1, here, there],
      [2, there, here],
      [3, here, there],
    ] as const) {
      expect(await from.say('both', `${seq}`)).toBe(seq);
      const before = performance.now();
      await to.event('both', seq);
      // Its own look comes after 750 ms at the earliest.
      expect(performance.now() - before).toBeLessThan(700);
    }
    for (const client of [here, there]) expect(client.liveSeqs('both')).toEqual([1, 2, 3]);
  });

  it('[NODE-4] [NODE-5] [NODE-6] kicks, deletions, whispers and read marks reach the other', async () => {
    const mod = await connect(one.url, 'Chief', 'moderator', 'admin');
    const ada = await WireClient.guest(two.url);
    const guest = await WireClient.guest(two.url);
    for (const client of [mod, ada, guest]) await client.join('ends');
    const sent = await mod.request('whisper:send', undefined, { to: { id: ada.user.id }, content: 'hi' });
    expect(sent).toMatchObject({ type: 'ack' });
    const whisper = await ada.next('whisper:created');
    expect(whisper.data).toMatchObject({ content: 'hi' });
    const which = { with: { id: mod.user.id }, id: whisper.data.id };
    const read = await ada.request('whisper:read', undefined, which);
    expect(read).toMatchObject({ type: 'ack' });
    expect((await mod.next('whisper:read')).data).toMatchObject({ by: { id: ada.user.id } });
    const kicked = await mod.request('channel:kick', 'ends', { user: { id: guest.user.id }, seconds: 60 });
    expect(kicked).toMatchObject({ type: 'ack' });
    expect((await guest.next('member:kicked')).data).toMatchObject({ user: { id: guest.user.id } });
    await ada.next('member:kicked');
    await mod.request('channel:delete', 'ends');
    await ada.next('channel:deleted');
    expect((await ada.request('message:send', 'ends', { content: 'x' })).type).toBe('error');
  });
});

describe('connections', () => {
  it('[NODE-9] are told and ended on both servers, and who doesn’t answer is counted', async () => {
    const here = await WireClient.guest(one.url);
    const there = await WireClient.guest(two.url, undefined, { guestToken: here.guestToken });
    const token = await serverToken(one.database.connectionString, {
      name: 'Watcher',
      roles: ['user', 'moderator'],
    });
    const path = `/users/${here.user.id}/sessions`;
    interface Answer {
      readonly items?: readonly { readonly id: string; readonly server: string }[];
      readonly servers_missing: number;
    }
    const list = await rest<Answer>(one.url, 'GET', path, { token });
    expect(list).toMatchObject({ status: 200, body: { items: [{}, {}], servers_missing: 0 } });
    const [, other] = list.body.items!;
    const ended = `${path}?session_id=${other!.id}&server=${other!.server}`;
    expect(await rest(one.url, 'DELETE', ended, { token })).toMatchObject({ body: { ended: 1 } });
    expect((await there.closed).code).toBe(4004);
    expect(await rest(two.url, 'DELETE', path, { token })).toEqual({
      status: 200,
      body: { ended: 1, servers_missing: 0 },
    });
    expect((await here.closed).code).toBe(4004);
  });
});

describe('what another program publishes', () => {
  it('[VALKEY-2] [VALKEY-5] [VALKEY-6] [VALKEY-7] is shown once on each server, with one number', async () => {
    const clients = await Promise.all([one, two].map(({ url }) => WireClient.guest(url)));
    for (const client of clients) await client.join('123');
    const shown = (seq: number) => Promise.all(clients.map((client) => client.event('123', seq)));
    expect(await publish('123', 'message:created', { ...MESSAGE, authorEmail: 'john@example.org' })).toBe(2);
    const [first, other] = await shown(1);
    expect(first).toEqual(other);
    for (const created of [first, other]) {
      expect(created).toMatchObject({ data: { ...MESSAGE, author: { id: 'user_1', name: 'John' } } });
      expect(JSON.stringify(created)).not.toContain('example.org');
    }
    await publish('123', 'message:updated', { id: 'msg_1', content: 'Bye' });
    for (const updated of await shown(2)) {
      expect(updated).toMatchObject({ type: 'message:updated', data: { id: 'msg_1', content: 'Bye' } });
    }
    await publish('123', 'message:created', MESSAGE);
    await publish('123', 'message:deleted', { id: 'msg_1' });
    for (const deleted of await shown(3)) {
      expect(deleted).toMatchObject({ type: 'message:deleted', data: { id: 'msg_1' } });
    }
    for (const client of clients) expect(client.liveSeqs('123')).toEqual([1, 2, 3]);
  });

  it('[VALKEY-5] is refused where another channel has its id, and counted', async () => {
    await publish('here', 'message:created', { ...MESSAGE, id: 'shared' });
    const [reader] = await Promise.all([WireClient.guest(one.url)]);
    await expect.poll(async () => (await reader.join('here')).data.seq).toBe(1);
    await publish('there', 'message:created', { ...MESSAGE, id: 'shared' });
    const conflicts = 'hubbub_valkey_published_total{outcome="conflict"}';
    await expect.poll(() => figure(one, conflicts)).toBe(1);
    expect((await reader.join('there')).data.seq).toBe(0);
  });

  it('[VALKEY-8] that somebody types is told to who is there', async () => {
    const reader = await WireClient.guest(two.url);
    await reader.join('types');
    await publish('types', 'typing:start', { userId: 'user_1', userName: 'John', threadId: 't' });
    const told = await reader.next('typing:start');
    expect(told.data).toMatchObject({ threadId: 't', user: { id: 'user_1', name: 'John' } });
  });

  it('[VALKEY-1] [VALKEY-2] [NODE-3] [NODE-9] reaches them again when Valkey was away, and they go on meanwhile', async () => {
    await publish('back', 'nonsense', {});
    await expect.poll(() => figure(one, 'hubbub_valkey_published_total{outcome="malformed"}')).toBe(1);
    const reader = await WireClient.guest(one.url);
    const wishes = { name: 'Watcher', roles: ['user', 'moderator'] } as const;
    const moderator = await serverToken(one.database.connectionString, wishes);
    await reader.join('back');
    await valkey.kill();
    await expect.poll(() => figure(one, 'hubbub_valkey_up')).toBe(0);
    const away = await rest(one.url, 'GET', `/users/${reader.user.id}/sessions`, { token: moderator });
    expect(away).toMatchObject({ body: { items: [{}], servers_missing: 1 } });
    expect((await fetch(`${one.url}/ready`)).status).toBe(200);
    const there = await WireClient.guest(two.url);
    await there.join('back');
    expect(await reader.say('back', 'alone')).toBe(1);
    // The other server finds it by itself.
    const written = performance.now();
    await there.event('back', 1);
    expect(performance.now() - written).toBeLessThan(2_000);
    await valkey.start();
    await expect.poll(() => figure(one, 'hubbub_valkey_up'), { timeout: 10_000 }).toBe(1);
    await publish('back', 'message:created', { ...MESSAGE, id: 'msg_2' });
    expect((await reader.event('back', 2)).data).toMatchObject({ id: 'msg_2' });
    expect(one.output()).toContain('Valkey does not answer');
    expect(one.output()).toContain('Valkey answers again');
  });
});
