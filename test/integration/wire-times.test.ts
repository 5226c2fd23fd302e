/** What ends by itself, on real clocks: all of it at once, because each takes seconds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterAll(async () => {
  await closeWireClients();
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const tabOf = (client: WireClient) =>
  WireClient.guest(server.url, undefined, { guestToken: client.guestToken });

async function gather(channelId: string) {
  const ada = await WireClient.guest(server.url);
  const bob = await WireClient.guest(server.url);
  await ada.join(channelId);
  await bob.join(channelId);
  await ada.next('presence:join');
  return { ada, bob };
}

describe.concurrent('what ends by itself', () => {
  it('[CONN-7] who says nothing, or only what is no identity, is closed with 4005', async () => {
    const silent = await WireClient.connect(server.url);
    const talking = await WireClient.connect(server.url);
    const misnamed = await WireClient.connect(server.url);
    talking.send({ type: 'ping' });
    misnamed.send({ type: 'hello', data: { name: '' } });
    const closings = await Promise.all([silent, talking, misnamed].map(({ closed }) => closed));
    expect(closings.map(({ code }) => code)).toEqual([4005, 4005, 4005]);
    expect(silent.frames).toEqual([]);
  });

  it('[TYPING-2] a mark ends by itself, once, and renewing it is silent', async () => {
    const { ada, bob } = await gather('typing-ends');
    await ada.request('typing:start', 'typing-ends');
    const started = await bob.next('typing:start');
    await ada.request('typing:start', 'typing-ends');
    const stopped = await bob.next('typing:stop');
    expect(stopped.data.user).toEqual(started.data.user);
    await bob.request('presence:get', 'typing-ends');
    expect(bob.seen('typing:start', 'typing:stop')).toHaveLength(2);
    expect(ada.seen('typing:start', 'typing:stop')).toEqual([]);
  });

  it('[TYPING-2] the mark of someone who leaves ends', async () => {
    const { ada, bob } = await gather('typing-leaves');
    await ada.request('typing:start', 'typing-leaves');
    await ada.request('channel:leave', 'typing-leaves');
    await bob.next('presence:leave');
    expect(bob.seen('typing:start', 'typing:stop', 'presence:leave').map(({ type }) => type)).toEqual([
      ...['typing:start', 'typing:stop', 'presence:leave'],
    ]);
  });

  it('[PRES-2] the last broken connection is told after the grace, once', async () => {
    const { ada, bob } = await gather('grace');
    const tab = await tabOf(bob);
    await tab.join('grace');
    await bob.cut();
    await tab.cut();
    expect((await ada.request('presence:get', 'grace')).data.count).toBe(2);
    const left = await ada.next('presence:leave');
    expect(left.data.user).toEqual({ id: bob.user.id, name: bob.user.name });
    expect((await ada.request('presence:get', 'grace')).data).toMatchObject({
      count: 1,
      members: [{ id: ada.user.id }],
    });
    expect(ada.seen('presence:join', 'presence:leave')).toHaveLength(2);
  });

  it('[PRES-2] who comes back within the grace, or has a tab left, never left', async () => {
    const { ada, bob } = await gather('returns');
    // Cid breaks at the same time and stays away: when that is told, bob's grace is over too.
    const cid = await WireClient.guest(server.url);
    await cid.join('returns');
    const dee = await WireClient.guest(server.url);
    await dee.join('returns');
    const tab = await tabOf(dee);
    await tab.join('returns');
    await Promise.all([bob.cut(), dee.cut()]);
    const again = await tabOf(bob);
    expect((await again.join('returns')).data.memberCount).toBe(4);
    await cid.cut();
    await ada.next('presence:leave');
    expect(ada.seen('presence:leave').map(({ data }) => data.user.id)).toEqual([cid.user.id]);
    expect(ada.seen('presence:join').map(({ data }) => data.user.id)).toEqual(
      [bob, cid, dee].map(({ user }) => user.id),
    );
    expect((await ada.request('presence:get', 'returns')).data.count).toBe(3);
  });

  it('[CHAN-3] a channel that nobody wrote in is forgotten with its last member, whose connection broke', async () => {
    const ada = await WireClient.guest(server.url);
    await ada.join('unwritten');
    await ada.cut();
    const bob = await WireClient.guest(server.url);
    expect((await bob.join('unwritten')).data.memberCount).toBe(2);
    await bob.next('presence:leave');
    await bob.request('channel:leave', 'unwritten');
    const listed = await bob.request('channel:list', undefined, { prefix: 'unwritten' });
    expect(listed.data.items).toEqual([]);
    expect((await bob.join('unwritten')).data).toMatchObject({ seq: 0, memberCount: 1 });
  });
});
