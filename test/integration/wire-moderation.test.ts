/** What moderators do, over real sockets, threads and PostgreSQL. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken } from '../support/server-tokens.ts';
import { startServer } from '../support/server-process.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let modToken: string;
beforeAll(async () => {
  server = await startWireServer();
  modToken = await serverToken(server.database.connectionString, {
    name: 'Mod',
    roles: ['user', 'moderator'],
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const refOf = ({ user }: WireClient) => ({ id: user.id, name: user.name });
const codeOf = ({ data }: Frame) => data.code;
let channels = 0;

async function enter(token: string, url = server.url): Promise<WireClient> {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

/** Ada with two tabs, Bob, and a moderator who isn't there, in a new channel in which Bob wrote. */
async function scene() {
  const channelId = `mod-${(channels += 1)}`;
  const ada = await WireClient.guest(server.url);
  const adaToo = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
  const bob = await WireClient.guest(server.url);
  for (const client of [ada, adaToo, bob]) await client.join(channelId);
  await bob.say(channelId, 'hello');
  const mod = await enter(modToken);
  return {
    ...{ channelId, ada, adaToo, bob, mod, user: { id: ada.user.id } },
    act: (type: string, data: object, by = mod) => by.request(type, channelId, data),
    say: (by: WireClient, content = 'x') => by.request('message:send', channelId, { content }),
  };
}

describe('sanctions on live connections', () => {
  it('[MOD-1] a kick puts all tabs out, which get the event and nothing after it', async () => {
    const { channelId, ada, adaToo, bob, mod, act, say, user } = await scene();
    const ack = await act('channel:kick', { user, reason: 'spam', seconds: 600 });
    expect(ack).toMatchObject({ type: 'ack', channelId, data: { seq: 2 } });
    for (const client of [ada, adaToo, bob]) {
      const event = await client.event(channelId, 2);
      expect(event).toMatchObject({ type: 'member:kicked' });
      expect(event.data).toEqual({
        ...{ user: refOf(ada), by: refOf(mod), reason: 'spam', until: event.timestamp! + 600_000 },
      });
    }
    expect(await bob.next('presence:leave')).toMatchObject({ data: { user: refOf(ada) } });
    expect([codeOf(await say(ada)), codeOf(await say(adaToo))]).toEqual(['not_member', 'not_member']);
    await bob.say(channelId, 'gone');
    const back = await ada.request('channel:join', channelId);
    expect(back.data).toMatchObject({ code: 'banned', retryAfterMs: expect.any(Number) });
    const anew = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    expect(codeOf(await anew.request('channel:join', channelId))).toBe('banned');
    expect([ada.liveSeqs(channelId), adaToo.liveSeqs(channelId)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await act('user:unban', { user });
    expect((await ada.join(channelId)).data.seq).toBe(4);
  });

  it('[MOD-2] [MOD-5] [MOD-6] a mute holds on all tabs and new ones, is replaced, and ends', async () => {
    const { channelId, ada, adaToo, bob, act, say, user } = await scene();
    await act('channel:mute', { user, seconds: 600 });
    const anew = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    await anew.join(channelId);
    for (const client of [ada, adaToo, anew]) {
      expect((await say(client)).data).toMatchObject({ code: 'muted', retryAfterMs: expect.any(Number) });
      expect(codeOf(await client.request('typing:start', channelId))).toBe('muted');
    }
    expect((await act('channel:mute', { user: { name: ada.user.name.toUpperCase() } })).data).toMatchObject({
      ...{ seq: 3, replaced: true },
    });
    expect((await say(ada)).data).not.toHaveProperty('retryAfterMs');
    await act('channel:unmute', { user });
    expect(await bob.event(channelId, 4)).toMatchObject({ type: 'member:unmuted' });
    expect((await say(ada)).type).toBe('ack');
  });

  it('[MOD-4] ends by itself, and takes no time that makes no sense', async () => {
    const { ada, act, say, user } = await scene();
    await act('channel:mute', { user, seconds: 1 });
    const { retryAfterMs } = (await say(ada)).data;
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    expect((await say(ada)).type).toBe('ack');
    for (const seconds of [0, -1, 1.5, 31_536_001, null, '5']) {
      for (const type of ['channel:kick', 'channel:mute', 'user:ban']) {
        expect(codeOf(await act(type, { user, seconds })), `${type} ${seconds}`).toBe('bad_request');
      }
    }
  });

  it('[MOD-3] [MOD-6] a ban survives a restart', async () => {
    const { channelId, ada, act, user } = await scene();
    await act('user:ban', { user });
    expect(codeOf(await ada.request('channel:join', channelId))).toBe('banned');
    const second = await startServer({
      env: { SHARDS: '2', DATABASE_URL: server.database.connectionString },
    });
    try {
      const there = await WireClient.guest(second.url, undefined, { guestToken: ada.guestToken });
      expect(codeOf(await there.request('channel:join', channelId))).toBe('banned');
    } finally {
      await second.stop();
    }
  });

  it('[PERM-3] finds who is not here by name and id, and nobody where there is nobody', async () => {
    const { channelId, bob, act } = await scene();
    const cleo = await WireClient.guest(server.url);
    expect((await act('user:ban', { user: { name: cleo.user.name } })).type).toBe('ack');
    expect(await bob.event(channelId, 2)).toMatchObject({ data: { user: refOf(cleo) } });
    expect((await act('user:unban', { user: { id: cleo.user.id } })).type).toBe('ack');
    expect(codeOf(await act('channel:kick', { user: { id: cleo.user.id } }))).toBe('not_found');
    for (const user of [{ id: 'nobody' }, { name: 'nobody at all' }, { id: '__proto__' }]) {
      expect(codeOf(await act('channel:mute', { user }))).toBe('not_found');
    }
    expect(codeOf(await act('channel:mute', { user: { id: bob.user.id } }, cleo))).toBe('forbidden');
    expect(codeOf(await cleo.request('channel:mute', `${channelId}-not`, { user: { id: 'x' } }))).toBe(
      'not_found',
    );
  });

  it('[MOD-1] [MOD-2] is in force within a second of the act, on connections that know nothing of it', async () => {
    const { channelId, ada, act, user } = await scene();
    const tabs = await Promise.all(
      upTo(6).map(() => WireClient.guest(server.url, undefined, { guestToken: ada.guestToken })),
    );
    for (const tab of tabs) await tab.join(channelId);
    const begun = performance.now();
    await act('channel:kick', { user });
    await Promise.all(tabs.map((tab) => tab.next('member:kicked')));
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('what a channel is', () => {
  it('[MOD-10] [MOD-11] changes for everyone, in lists too, and after a reload', async () => {
    const { channelId, bob, mod, act, say } = await scene();
    const set = await act('channel:update', {
      name: 'Lounge',
      topic: 'news',
      announcement: true,
      position: 1,
    });
    expect(set).toMatchObject({ type: 'ack', data: { seq: 2 } });
    expect((await bob.event(channelId, 2)).data).toEqual({
      ...{ name: 'Lounge', topic: 'news', announcement: true, position: 1, by: refOf(mod) },
    });
    expect(codeOf(await say(bob))).toBe('forbidden');
    const { items } = (await bob.request('channel:list', undefined, { prefix: channelId, limit: 1 })).data;
    expect(items).toEqual([{ id: channelId, name: 'Lounge', topic: 'news', position: 1, private: false }]);
    const second = await startServer({
      env: { SHARDS: '1', DATABASE_URL: server.database.connectionString },
    });
    try {
      const there = await WireClient.guest(second.url);
      await there.join(channelId);
      expect(codeOf(await there.request('message:send', channelId, { content: 'x' }))).toBe('forbidden');
    } finally {
      await second.stop();
    }
    expect(codeOf(await act('channel:update', { topic: 'x' }, bob))).toBe('forbidden');
  });

  it('[MEMBER-1] [MEMBER-2] [MEMBER-3] a private one is for whoever was invited, until they leave', async () => {
    const { channelId, ada, adaToo, bob, mod, act, user } = await scene();
    await act('channel:update', { private: true });
    for (const client of [ada, adaToo, bob]) {
      expect(await client.next('error')).toMatchObject({ channelId, data: { code: 'not_member' } });
      expect(codeOf(await client.request('channel:join', channelId))).toBe('not_found');
      expect(codeOf(await client.request('channel:kick', channelId, { user }))).toBe('not_found');
    }
    await act('channel:invite', { user });
    for (const client of [ada, adaToo]) {
      expect((await client.next('channel:invited')).data).toEqual({
        channel: { id: channelId, name: channelId, private: true },
        by: refOf(mod),
      });
      await client.join(channelId);
    }
    expect(await ada.say(channelId, 'in')).toBe(4);
    await act('channel:role', { user, role: 'moderator' });
    expect((await act('channel:invite', { user: { id: bob.user.id } }, adaToo)).type).toBe('ack');
    await bob.join(channelId);
    expect((await ada.request('channel:leave', channelId)).type).toBe('ack');
    expect(await bob.next('member:left')).toMatchObject({ data: { user: refOf(ada) } });
    await adaToo.next('member:left');
    expect(codeOf(await adaToo.request('message:send', channelId, { content: 'x' }))).toBe('not_member');
    expect(codeOf(await adaToo.request('channel:join', channelId))).toBe('not_found');
  });

  it('[SLOW-1] slow mode tells the time left', async () => {
    const { ada, adaToo, bob, act, say } = await scene();
    await act('channel:update', { slowModeSeconds: 600 });
    expect((await say(bob)).data).toMatchObject({ code: 'slow_mode', retryAfterMs: expect.any(Number) });
    expect((await say(ada)).type).toBe('ack');
    expect(codeOf(await say(adaToo))).toBe('slow_mode');
  });

  it('[SLOW-2] [MEMBER-4] newcomers read, and are members from their first coming on', async () => {
    const { channelId, bob, act } = await scene();
    await act('channel:update', { newcomerSeconds: 600 });
    const cleo = await WireClient.guest(server.url);
    await cleo.join(channelId);
    expect((await bob.next('member:added')).data).toEqual({ user: refOf(cleo), role: 'member' });
    expect(codeOf(await cleo.request('message:send', channelId, { content: 'x' }))).toBe('forbidden');
  });
});

describe('who makes a channel', () => {
  const make = async (token: string, body: object) => {
    const answer = await fetch(`${server.url}/channels`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return [answer.status, await answer.json()] as const;
  };
  const listed = async (client: WireClient, prefix: string) =>
    (await client.request('channel:list', undefined, { prefix })).data.items;

  it('[MEMBER-5] [MEMBER-6] owns it; a private one is for them and whom they invite, in lists too', async () => {
    const channelId = `own-${(channels += 1)}`;
    const token = await serverToken(server.database.connectionString, { name: 'Olga' });
    const early = await WireClient.guest(server.url);
    await early.join(channelId);
    const made = { id: channelId, name: 'Ours', private: true };
    expect(await make(token, { ...made })).toEqual([201, made]);
    expect(await early.next('error')).toMatchObject({ channelId, data: { code: 'not_member' } });
    const olga = await enter(token);
    const again = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
    // Where the store is slow they follow.
    const { channels: told } = await again.welcomed();
    expect(told ?? (await again.next('channels')).data.items).toContainEqual(made);
    const bob = await WireClient.guest(server.url);
    const rest = async (by: string, path: string) =>
      (
        await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${by}` } })
      ).json() as Promise<unknown>;
    expect([await listed(olga, channelId), await listed(bob, channelId)]).toEqual([[made], []]);
    expect(await rest(token, `/channels?prefix=${channelId}`)).toMatchObject({ items: [made] });
    expect(await rest(bob.guestToken, `/channels?prefix=${channelId}`)).toMatchObject({ items: [] });
    await olga.join(channelId);
    expect(await olga.say(channelId, 'first')).toBe(1);
    expect(codeOf(await bob.request('channel:join', channelId))).toBe('not_found');
    expect(await rest(bob.guestToken, `/chat/history/${channelId}`)).toMatchObject({ code: 'not_found' });
    expect((await olga.request('channel:invite', channelId, { user: { id: bob.user.id } })).type).toBe('ack');
    await bob.join(channelId);
    expect(await listed(bob, channelId)).toEqual([made]);
    expect(await rest(bob.guestToken, `/chat/history/${channelId}`)).toMatchObject({ has_more: false });
    expect((await olga.request('channel:update', channelId, { name: 'Theirs' })).type).toBe('ack');
    await olga.request('user:ban', channelId, { user: { id: bob.user.id } });
    expect(await rest(bob.guestToken, `/chat/history/${channelId}`)).toMatchObject({ code: 'not_found' });
  });

  it('[MEMBER-5] or wrote first in it, where nobody made it', async () => {
    const channelId = `own-${(channels += 1)}`;
    const token = await serverToken(server.database.connectionString, { name: 'Wera' });
    const [wera, bob] = [await enter(token), await WireClient.guest(server.url)];
    for (const client of [wera, bob]) await client.join(channelId);
    expect(await wera.say(channelId, 'first')).toBe(1);
    expect((await wera.request('channel:kick', channelId, { user: { id: bob.user.id } })).data.seq).toBe(2);
    expect(await listed(bob, channelId)).toHaveLength(1);
  });
});
