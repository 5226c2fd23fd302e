/** Two servers on one database, by mistake or without a Valkey. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken } from '../support/server-tokens.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let one: WireServer;
let two: ServerProcess;
beforeAll(async () => {
  one = await startWireServer({ SHARDS: '2' });
  const env = { SHARDS: '1', RATE_LIMIT_MESSAGES: '100000', MAX_FRAMES_PER_SECOND: '100000' };
  two = await startServer({ env: { ...env, DATABASE_URL: one.database.connectionString } });
});
afterEach(closeWireClients);
afterAll(async () => {
  for (const server of [one, two]) expect(server.output()).not.toContain('"level":"error"');
  await two.stop();
  await one.end();
});

describe('two servers on one database', () => {
  it('[LOG-35] [LOG-37] keep a channel dense, and each shows the other’s messages at the latest with its own next one', async () => {
    const channelId = 'shared';
    const here = await WireClient.guest(one.url);
    const there = await WireClient.guest(two.url);
    for (const client of [here, there]) await client.join(channelId);
    expect(await here.say(channelId, 'a')).toBe(1);
    expect(await here.say(channelId, 'b')).toBe(2);
    expect(await there.say(channelId, 'c')).toBe(3);
    await there.event(channelId, 3);
    expect(there.seen('message:created').map(({ data }) => data.content)).toEqual(['a', 'b', 'c']);
    expect(await here.say(channelId, 'd')).toBe(4);
    await here.event(channelId, 4);
    expect(here.seen('message:created').map(({ data }) => data.content)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('[SERVER-3] a name that one was given is the other one’s within a second', async () => {
    const { database, url } = one;
    const token = await serverToken(database.connectionString, { name: 'Boss', roles: ['user', 'admin'] });
    const answer = await fetch(`${url}/server`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'One house' }),
    });
    expect(answer.status).toBe(200);
    const named = async (): Promise<string> =>
      ((await (await fetch(`${two.url}/discovery`)).json()) as { server_name: string }).server_name;
    await expect.poll(named, { timeout: 1_000, interval: 100 }).toBe('One house');
  });

  it('[LOG-37] under load from both sides nothing is doubled, missing or out of order', async () => {
    const channels = upTo(3).map((n) => `load-${n}-${randomUUID()}`);
    const clients = await Promise.all([one, one, two, two].map(({ url }) => WireClient.guest(url)));
    for (const client of clients) for (const id of channels) await client.join(id);
    const acks = await Promise.all(
      channels.map((id) =>
        Promise.all(
          clients.flatMap((client) => upTo(60).map((n) => client.say(id, `${client.user.name} ${n}`))),
        ),
      ),
    );
    const total = clients.length * 60;
    for (const [index, id] of channels.entries()) {
      expect([...acks[index]!].sort((a, b) => a - b)).toEqual(upTo(total));
      // One more on each side makes each show the rest.
      await clients[0]!.say(id, 'last here');
      await clients[2]!.say(id, 'last there');
      await clients[0]!.say(id, 'very last');
      await Promise.all(clients.slice(0, 2).map((client) => client.event(id, total + 3)));
      await Promise.all(clients.slice(2).map((client) => client.event(id, total + 2)));
      const reader = await WireClient.guest(two.url);
      const { data } = await reader.join(id, { limit: 1 });
      for (const [at, client] of clients.entries()) {
        // What the other side wrote last is shown too when it was there before the look at what lay between.
        const seqs = client.liveSeqs(id);
        expect(seqs.length).toBeGreaterThanOrEqual(total + (at < 2 ? 3 : 2));
        expect(seqs).toEqual(upTo(seqs.length));
        const shown = client.seen('message:created').filter(({ channelId }) => channelId === id);
        expect(shown.slice(0, total + 2)).toEqual(
          clients[0]!
            .seen('message:created')
            .filter(({ channelId }) => channelId === id)
            .slice(0, total + 2),
        );
        for (const { user } of clients) {
          const own = shown
            .map((frame) => frame.data.content)
            .filter((text) => text.startsWith(`${user.name} `));
          expect(own).toEqual(upTo(60).map((n) => `${user.name} ${n}`));
        }
      }
      expect(data.seq).toBeGreaterThanOrEqual(total + 2);
    }
  });

  it('[NODE-3] [NODE-5] each finds what the other wrote within a second, kicks and deletions too', async () => {
    const channelId = `found-${randomUUID()}`;
    const token = await serverToken(one.database.connectionString, {
      name: 'Admin',
      roles: ['user', 'moderator', 'admin'],
    });
    const mod = await WireClient.connect(one.url, { headers: { authorization: `Bearer ${token}` } });
    await mod.welcomed();
    const [first, second] = await Promise.all([WireClient.guest(two.url), WireClient.guest(two.url)]);
    for (const client of [mod, first, second]) await client.join(channelId);
    expect(await mod.say(channelId, 'a')).toBe(1);
    // The first time it has to be known that there is another server.
    await first.event(channelId, 1);
    expect(await mod.say(channelId, 'b')).toBe(2);
    const before = performance.now();
    await first.event(channelId, 2);
    expect(performance.now() - before).toBeLessThan(2_000);
    const kicked = await mod.request('channel:kick', channelId, { user: { id: first.user.id }, seconds: 60 });
    expect(kicked).toMatchObject({ type: 'ack' });
    await first.next('member:kicked');
    await second.next('member:kicked');
    await mod.request('channel:delete', channelId);
    await second.next('channel:deleted');
    const answer = await first.request('message:send', channelId, { content: 'still here?' });
    expect(answer.type).toBe('error');
  });

  it('[MSG-2] a retry on the other server gets the first answer', async () => {
    const ada = await WireClient.guest(one.url);
    await ada.join('retry');
    const first = await ada.request('message:send', 'retry', { content: 'once', clientMessageId: 'k' });
    // Both servers sign with the database's key: the guest is the same.
    const moved = await WireClient.guest(two.url, undefined, { guestToken: ada.guestToken });
    expect(moved.user).toEqual(ada.user);
    await moved.join('retry');
    const again = await moved.request('message:send', 'retry', { content: 'once', clientMessageId: 'k' });
    expect(again).toMatchObject({ type: 'ack', data: { id: first.data.id, seq: 1, duplicate: true } });
    expect(await moved.say('retry', 'next')).toBe(2);
  });
});
