/** Every request of a conversation over real sockets: its answer, and what others see. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeWireClients, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
beforeAll(async () => {
  server = await startWireServer();
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

const guest = (name: string, hello?: object) => WireClient.guest(server.url, name, hello);
let channels = 0;
const freshChannel = (): string => `talk-${(channels += 1)}`;

/** Waits until all that the channel's shard sent `client` before now has come. */
const settled = (client: WireClient, channelId: string) => client.request('presence:get', channelId);

/** Several guests in one new channel. */
async function gather(...names: readonly string[]) {
  const channelId = freshChannel();
  const clients: WireClient[] = [];
  for (const name of names) {
    const client = await guest(`${name}-${channelId}`);
    await client.join(channelId);
    clients.push(client);
  }
  return { channelId, clients };
}

describe('channel:join and channel:leave', () => {
  it('[CHAN-1] [PRES-1] channel:join is answered with epoch, head, page and members, and told to the others', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    await ada.say(channelId, 'first');
    const bob = await guest('bob-joins');
    const joined = await bob.join(channelId);
    expect(joined).toMatchObject({ type: 'channel:joined', channelId, timestamp: expect.any(Number) });
    const { epoch, seq, recovered, hasMore, events, members, memberCount } = joined.data;
    expect({ seq, recovered, hasMore, memberCount }).toEqual({
      seq: 1,
      recovered: null,
      hasMore: false,
      memberCount: 2,
    });
    expect(epoch).toMatch(/./);
    expect(events).toEqual([ada.seen('message:created')[0]]);
    expect(members).toEqual([ada.user, bob.user].map(({ id, name }) => ({ id, name })));
    const told = await ada.next('presence:join');
    expect(told).toMatchObject({
      channelId,
      timestamp: expect.any(Number),
      data: { user: { id: bob.user.id, name: bob.user.name } },
    });
    expect(told).not.toHaveProperty('seq');
    await settled(bob, channelId);
    expect(bob.seen('presence:join')).toEqual([]);
  });

  it('[REQ-1] channel:join without a ref joins, and the answer carries none', async () => {
    const channelId = freshChannel();
    const ada = await guest('no-ref');
    ada.send({ type: 'channel:join', channelId });
    const joined = await ada.next('channel:joined');
    expect(joined).not.toHaveProperty('ref');
    expect(await ada.say(channelId, 'in')).toBe(1);
  });

  it('[CHAN-4] joining again is answered again, and others see nothing', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    await ada.next('presence:join');
    await bob.say(channelId, 'between');
    const again = await bob.join(channelId, { limit: 1 });
    expect(again.data).toMatchObject({ seq: 1, memberCount: 2 });
    await bob.say(channelId, 'after');
    await ada.event(channelId, 2);
    expect(ada.seen('presence:join')).toHaveLength(1);
    expect(bob.liveSeqs(channelId)).toEqual([1, 2]);
  });

  it('[CHAN-5] channel:leave is acknowledged, told at once, and nothing of the channel comes afterwards', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    expect(await bob.request('channel:leave', channelId)).toMatchObject({ type: 'ack', channelId, data: {} });
    const told = await ada.next('presence:leave');
    expect(told).toMatchObject({ channelId, data: { user: { id: bob.user.id, name: bob.user.name } } });
    const before = bob.frames.length;
    await ada.say(channelId, 'without bob');
    await ada.request('typing:start', channelId);
    expect(await settled(bob, channelId)).toMatchObject({ type: 'error', data: { code: 'not_member' } });
    expect(bob.frames).toHaveLength(before + 1);
    expect(await bob.request('channel:leave', channelId)).toMatchObject({
      type: 'error',
      data: { code: 'not_member' },
    });
  });

  it('[REQ-1] channel:leave without a ref leaves without an answer', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const before = bob.frames.length;
    bob.send({ type: 'channel:leave', channelId });
    await ada.next('presence:leave');
    await settled(bob, channelId);
    expect(bob.frames).toHaveLength(before + 1);
  });

  it('[CHAN-3] a channel that nobody wrote in leaves nothing, and counts anew', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    await ada.request('channel:leave', channelId);
    const listed = await ada.request('channel:list', undefined, { prefix: channelId });
    expect(listed.data.items).toEqual([]);
    expect((await ada.join(channelId)).data).toMatchObject({ seq: 0, memberCount: 1, events: [] });
  });

  it('[CHAN-7] a channelId that can be none is bad_request', async () => {
    const ada = await guest('ids');
    for (const id of ['', 'a b', 'ä', 'a/b', 'x'.repeat(65), '__proto__\0', '../x', 'a\n']) {
      expect(await ada.request('channel:join', id)).toMatchObject({
        type: 'error',
        data: { code: 'bad_request' },
      });
    }
    for (const id of ['x'.repeat(64), '__proto__', 'constructor', 'A-z_0.9:', '.', '-']) {
      expect(await ada.join(id)).toMatchObject({ channelId: id, data: { memberCount: 1 } });
      expect(await ada.say(id, 'hello')).toBe(1);
    }
  });
});

describe('channel:list', () => {
  it('[CHAN-6] channel:list pages through the channels that exist, by prefix, in the order of their ids', async () => {
    const ada = await guest('lister');
    const ids = ['c', 'a', 'b', 'B'].map((letter) => `list-${letter}`);
    for (const id of ids) {
      await ada.join(id);
      await ada.say(id, 'exists');
    }
    const first = await ada.request('channel:list', undefined, { prefix: 'list-', limit: 3 });
    expect(first.type).toBe('channels');
    expect(first.data.items).toEqual(
      ['list-B', 'list-a', 'list-b'].map((id) => ({ id, name: id, private: false })),
    );
    expect(first.data.hasMore).toBe(true);
    const second = await ada.request('channel:list', undefined, {
      prefix: 'list-',
      limit: 3,
      after: 'list-b',
    });
    expect(second.data).toMatchObject({ items: [{ id: 'list-c' }], hasMore: false });
    const all = await ada.request('channel:list');
    expect(all.data.items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    for (const data of [
      { limit: 0 },
      { limit: 201 },
      { limit: 1.5 },
      { prefix: '%' },
      { after: 1 },
      [],
      'x',
    ]) {
      const refused = await ada.request('channel:list', undefined, data);
      expect(refused, JSON.stringify(data)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
  });
});

describe('message:send', () => {
  it('[MSG-1] message:send is acknowledged with id and seq, and shown to everyone, the sender included', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const data = {
      content: 'hi 👋 \u202e',
      clientMessageId: 'm 1',
      meta: { a: [1, { b: null }], __proto__: 1 },
    };
    const ack = await ada.request('message:send', channelId, data);
    expect(ack).toMatchObject({ type: 'ack', channelId, timestamp: expect.any(Number), data: { seq: 1 } });
    expect(ack.data).not.toHaveProperty('duplicate');
    const shown = await bob.event(channelId, 1);
    const { id, name } = ada.user;
    expect(shown).toEqual({
      type: 'message:created',
      channelId,
      seq: 1,
      timestamp: expect.any(Number),
      data: { id: ack.data.id, ...data, author: { id, name } },
    });
    expect(await ada.event(channelId, 1)).toEqual(shown);
  });

  it('[REQ-1] message:send without a ref is shown and not answered; refused it is answered', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    ada.send({ type: 'message:send', channelId, data: { content: 'quiet' } });
    await ada.event(channelId, 1);
    ada.send({ type: 'message:send', channelId, data: { content: '' } });
    const refused = await ada.next('error');
    expect(refused).toMatchObject({ channelId, data: { code: 'bad_request', message: expect.any(String) } });
    expect(refused).not.toHaveProperty('ref');
    await settled(ada, channelId);
    expect(ada.seen('ack')).toEqual([]);
  });

  it('[MSG-2] a retry gets the first answer again, over another connection too, and is not shown again', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const first = await ada.request('message:send', channelId, { content: 'once', clientMessageId: 'k' });
    const tab = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    await tab.join(channelId);
    for (const client of [ada, tab]) {
      const again = await client.request('message:send', channelId, {
        content: 'other',
        clientMessageId: 'k',
      });
      expect(again).toMatchObject({ type: 'ack', data: { id: first.data.id, seq: 1, duplicate: true } });
    }
    // Another sender's key is another key.
    expect(await bob.say(channelId, 'mine', { clientMessageId: 'k' })).toBe(2);
    await ada.event(channelId, 2);
    expect(ada.liveSeqs(channelId)).toEqual([1, 2]);
  });

  it('[MSG-3] twins in flight together get one place', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const tab = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    await tab.join(channelId);
    const twins = upTo(20).map((n) =>
      (n % 2 === 0 ? ada : tab).request('message:send', channelId, { content: 'twin', clientMessageId: 't' }),
    );
    const answers = await Promise.all(twins);
    expect(new Set(answers.map(({ data }) => `${data.id} ${data.seq}`)).size).toBe(1);
    expect(answers.filter(({ data }) => data.duplicate !== true)).toHaveLength(1);
    expect(await bob.say(channelId, 'next')).toBe(2);
    await bob.event(channelId, 2);
    expect(bob.liveSeqs(channelId)).toEqual([1, 2]);
  });

  it('[MSG-4] content is counted in characters', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    expect(await ada.say(channelId, '😀'.repeat(4_000))).toBe(1);
    expect((await ada.event(channelId, 1)).data.content).toBe('😀'.repeat(4_000));
    const long = await ada.request('message:send', channelId, { content: 'x'.repeat(4_001) });
    expect(long).toMatchObject({ type: 'error', data: { code: 'too_large' } });
    const empty = await ada.request('message:send', channelId, { content: '' });
    expect(empty).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    expect(await ada.say(channelId, ' ')).toBe(2);
  });

  it('[MSG-5] meta up to 4 KiB comes back as it was given, live and from the log', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    const meta = { a: 'ü', n: -0.5, nested: { deep: [[[{}]]] }, toJSON: 'no', fill: '' };
    meta.fill = 'x'.repeat(4_096 - Buffer.byteLength(JSON.stringify(meta)));
    expect(await ada.say(channelId, 'with meta', { meta })).toBe(1);
    expect((await ada.event(channelId, 1)).data.meta).toEqual(meta);
    const page = await ada.request('history:get', channelId);
    expect(page.data.events[0]?.data.meta).toEqual(meta);
    const larger = { ...meta, fill: `${meta.fill}x` };
    const refused = await ada.request('message:send', channelId, { content: 'x', meta: larger });
    expect(refused).toMatchObject({ type: 'error', data: { code: 'too_large' } });
    for (const wrong of [[], 'x', 1, null]) {
      const answer = await ada.request('message:send', channelId, { content: 'x', meta: wrong });
      expect(answer, JSON.stringify(wrong)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
  });

  it('[MSG-7] sending, typing and asking before joining is not_member, and harms nothing', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    const outsider = await guest('outsider');
    const requests = [
      ['message:send', { content: 'let me in' }],
      ['typing:start', undefined],
      ['typing:stop', undefined],
      ['history:get', undefined],
      ['presence:get', undefined],
      ['channel:leave', undefined],
    ] as const;
    for (const [type, data] of requests) {
      const answer = await outsider.request(type, channelId, data);
      expect(answer, type).toMatchObject({ type: 'error', channelId, data: { code: 'not_member' } });
    }
    expect(await ada.say(channelId, 'mine')).toBe(1);
    await outsider.join(channelId);
    expect(await outsider.say(channelId, 'now')).toBe(2);
  });

  it('[MSG-8] an unknown slash command is bad_request and nothing is shown', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    const refused = await ada.request('message:send', channelId, { content: '/frobnicate now' });
    expect(refused).toMatchObject({
      type: 'error',
      data: { code: 'bad_request', message: expect.stringContaining('usage') },
    });
    expect(await ada.say(channelId, ' /not a command')).toBe(1);
  });

  it('[CHAN-8] [RESUME-1] parallel senders share one dense order, and each listener sees all of it', async () => {
    const { channelId, clients } = await gather('a', 'b', 'c', 'd');
    const acks = await Promise.all(
      clients.flatMap((client) => upTo(50).map((n) => client.say(channelId, `${client.user.name} ${n}`))),
    );
    expect(acks.sort((a, b) => a - b)).toEqual(upTo(200));
    await Promise.all(clients.map((client) => client.event(channelId, 200)));
    const [first] = clients as [WireClient];
    const texts = first.seen('message:created').map(({ data }) => data.content);
    for (const client of clients) {
      expect(client.liveSeqs(channelId)).toEqual(upTo(200));
      expect(client.seen('message:created').map(({ data }) => data.content)).toEqual(texts);
      const own = texts.filter((text) => text.startsWith(`${client.user.name} `));
      expect(own).toEqual(upTo(50).map((n) => `${client.user.name} ${n}`));
    }
  });
});

describe('typing', () => {
  it('[TYPING-1] [TYPING-2] typing:start and typing:stop are told once to the others, not to the sender', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const tab = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    await tab.join(channelId);
    expect(await ada.request('typing:start', channelId)).toMatchObject({ type: 'ack', channelId, data: {} });
    const user = { id: ada.user.id, name: ada.user.name };
    const told = await bob.next('typing:start');
    expect(told).toEqual({ type: 'typing:start', channelId, timestamp: expect.any(Number), data: { user } });
    ada.send({ type: 'typing:start', channelId });
    expect(await ada.request('typing:stop', channelId)).toMatchObject({ type: 'ack' });
    expect(await bob.next('typing:stop')).toMatchObject({ channelId, data: { user } });
    await ada.request('typing:stop', channelId);
    await ada.request('typing:start', channelId);
    await bob.next('typing:start');
    await ada.say(channelId, 'done');
    await bob.next('typing:stop');
    await Promise.all([ada, bob, tab].map((client) => settled(client, channelId)));
    expect(bob.seen('typing:start', 'typing:stop').map(({ type }) => type)).toEqual([
      ...['typing:start', 'typing:stop', 'typing:start', 'typing:stop'],
    ]);
    for (const own of [ada, tab]) expect(own.seen('typing:start', 'typing:stop')).toEqual([]);
  });
});

describe('history:get', () => {
  it('[HIST-1] history:get reads the newest page, the one before and the one after', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    await Promise.all(upTo(60).map((n) => ada.say(channelId, `m${n}`)));
    const seqs = async (data?: object) => {
      const { type, data: page } = await ada.request('history:get', channelId, data);
      expect(type).toBe('history');
      return [page.events.map(({ seq }) => seq), page.hasMore];
    };
    const range = (from: number, to: number) => upTo(to).slice(from - 1);
    expect(await seqs()).toEqual([range(11, 60), true]);
    expect(await seqs({ limit: 200 })).toEqual([upTo(60), false]);
    expect(await seqs({ beforeSeq: 11, limit: 10 })).toEqual([upTo(10), false]);
    expect(await seqs({ beforeSeq: 12, limit: 10 })).toEqual([range(2, 11), true]);
    expect(await seqs({ beforeSeq: 1 })).toEqual([[], false]);
    expect(await seqs({ beforeSeq: 1_000, limit: 1 })).toEqual([[60], true]);
    expect(await seqs({ afterSeq: 0, limit: 2 })).toEqual([[1, 2], true]);
    expect(await seqs({ afterSeq: 58, limit: 2 })).toEqual([[59, 60], false]);
    expect(await seqs({ afterSeq: 60 })).toEqual([[], false]);
    expect(await seqs({ afterSeq: 5_000 })).toEqual([[], false]);
    const wrong = [
      { limit: 0 },
      { limit: 201 },
      { limit: '5' },
      { beforeSeq: -1 },
      { afterSeq: 1.5 },
      { beforeSeq: 5, afterSeq: 1 },
      { beforeSeq: 2 ** 60 },
    ];
    for (const data of wrong) {
      const answer = await ada.request('history:get', channelId, data);
      expect(answer, JSON.stringify(data)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
    const live = ada.seen('message:created');
    const page = await ada.request('history:get', channelId, { afterSeq: 0, limit: 200 });
    expect(page.data.events).toEqual(live);
  });
});

describe('presence', () => {
  it('[PRES-4] presence:get pages through who is there, in the order of their ids', async () => {
    const { channelId, clients } = await gather('a', 'b', 'c');
    const [a] = clients as [WireClient];
    const sorted = clients
      .map(({ user: { id, name } }) => ({ id, name }))
      .sort((x, y) => (x.id < y.id ? -1 : 1));
    const first = await a.request('presence:get', channelId, { limit: 2 });
    expect(first).toMatchObject({ type: 'presence', channelId });
    expect(first.data).toEqual({ members: sorted.slice(0, 2), count: 3, hasMore: true });
    const rest = await a.request('presence:get', channelId, { limit: 2, after: sorted[1]!.id });
    expect(rest.data).toEqual({ members: sorted.slice(2), count: 3, hasMore: false });
  });

  it('[PRES-1] a second tab joins and leaves silently; the last one that leaves is told', async () => {
    const { channelId, clients } = await gather('ada', 'bob');
    const [ada, bob] = clients as [WireClient, WireClient];
    const tab = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
    expect(tab.user).toEqual(ada.user);
    expect((await tab.join(channelId)).data).toMatchObject({ memberCount: 2 });
    await ada.request('channel:leave', channelId);
    expect((await settled(bob, channelId)).data.count).toBe(2);
    await tab.request('channel:leave', channelId);
    await bob.next('presence:leave');
    expect((await settled(bob, channelId)).data.count).toBe(1);
    expect(bob.seen('presence:join', 'presence:leave')).toHaveLength(1);
  });
});

describe('answers', () => {
  it('[REQ-1] ping is answered with pong where there is a ref', async () => {
    const ada = await guest('pinger');
    const before = ada.frames.length;
    ada.send({ type: 'ping' });
    expect(await ada.request('ping')).toMatchObject({ type: 'pong', timestamp: expect.any(Number) });
    expect(ada.frames).toHaveLength(before + 1);
  });

  it('[REQ-2] a ref of 64 characters is carried back exactly, a longer one is bad_request', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    for (const ref of ['', 'x'.repeat(64), '"\\\n\u0000', '__proto__', '😀'.repeat(64)]) {
      for (const type of ['ping', 'presence:get', 'no-such-type']) {
        ada.send({ type, channelId, ref });
        await ada.next((frame) => frame.ref === ref, `${type} with ref ${JSON.stringify(ref)}`);
      }
    }
    for (const type of ['ping', 'presence:get']) {
      ada.send({ type, channelId, ref: 'x'.repeat(65) });
      const refused = await ada.next('error');
      expect(refused).toMatchObject({ data: { code: 'bad_request' } });
      expect(refused).not.toHaveProperty('ref');
    }
  });

  it('[REQ-5] types that nobody handles are unknown_type', async () => {
    const { channelId, clients } = await gather('ada');
    const [ada] = clients as [WireClient];
    for (const type of ['message:forward', 'welcome', 'channel:joined', '__proto__', 'constructor', '']) {
      const answer = await ada.request(type, channelId, {});
      expect(answer, type).toMatchObject({ type: 'error', channelId, data: { code: 'unknown_type' } });
    }
  });

  it('[REQ-7] requests of one connection reach channels of every shard', async () => {
    const ada = await guest('everywhere');
    const ids = upTo(12).map((n) => `spread-${n}`);
    await Promise.all(ids.map((id) => ada.join(id)));
    expect(await Promise.all(ids.map((id) => ada.say(id, id)))).toEqual(ids.map(() => 1));
    for (const id of ids) expect((await ada.event(id, 1)).data.content).toBe(id);
  });
});
