/** Reactions, replies, threads and pins over real sockets, threads and PostgreSQL. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';
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

/** More than the ring of a channel holds. */
const BEYOND_RING = 600;
const refOf = ({ user }: WireClient) => ({ id: user.id, name: user.name });
const codes = (answers: readonly Frame[]) => answers.map(({ data }) => data.code);
let channels = 0;

async function moderator(): Promise<WireClient> {
  const token = await serverToken(server.database.connectionString, {
    name: 'Mod',
    roles: ['user', 'moderator'],
  });
  const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

/** Ada and Bob in a new channel, and a message of Ada's there. */
async function said(content = 'first') {
  const channelId = `reactions-${(channels += 1)}`;
  const ada = await WireClient.guest(server.url);
  const bob = await WireClient.guest(server.url);
  for (const client of [ada, bob]) await client.join(channelId);
  const { id } = (await ada.request('message:send', channelId, { content })).data;
  const messages = async () => {
    const { events } = (await bob.request('history:get', channelId)).data;
    return events.filter(({ type }) => type === 'message:created').map(({ data }) => data);
  };
  return {
    ...{ channelId, ada, bob, id, messages },
    react: (by: WireClient, emoji: string, how: 'add' | 'remove' = 'add', of: unknown = id) =>
      by.request(`reaction:${how}`, channelId, { messageId: of, emoji }),
    reply: (by: WireClient, replyTo: unknown, more: object = {}) =>
      by.request('message:send', channelId, { content: 'reply', replyTo, ...more }),
    /** What a newcomer is told of the channel's messages, which has left the shard's memory. */
    newcomer: async () => {
      const reader = await WireClient.guest(server.url);
      const { data } = await reader.join(channelId);
      await reader.close();
      return data.events.filter(({ type }) => type === 'message:created').map((event) => event.data);
    },
  };
}

describe('reaction:add and reaction:remove', () => {
  it('[REACT-1] [REACT-4] are acknowledged, shown to all once, and told with the message', async () => {
    const { channelId, ada, bob, id, react, messages, newcomer } = await said();
    const ack = await react(bob, '👍');
    expect(ack).toMatchObject({ type: 'ack', channelId });
    expect(ack.data).toEqual({ seq: 2 });
    for (const client of [ada, bob]) {
      expect(await client.event(channelId, 2)).toEqual({
        ...{ type: 'reaction:added', channelId, seq: 2, timestamp: expect.any(Number) },
        data: { messageId: id, emoji: '👍', user: refOf(bob) },
      });
    }
    expect((await react(bob, '👍')).data).toEqual({ seq: 2, duplicate: true });
    expect((await react(ada, '👍')).data).toEqual({ seq: 3 });
    expect((await react(ada, ':tada:')).data).toEqual({ seq: 4 });
    const users = [bob.user.id, ada.user.id];
    const reactions = [
      { emoji: '👍', users },
      { emoji: ':tada:', users: [ada.user.id] },
    ];
    for (const read of [messages, newcomer]) expect(await read()).toMatchObject([{ id, reactions }]);
    expect((await react(bob, '👍', 'remove')).data).toEqual({ seq: 5 });
    expect((await react(bob, '👍', 'remove')).data).toMatchObject({ duplicate: true });
    expect((await ada.event(channelId, 5)).type).toBe('reaction:removed');
    expect((await messages())[0]).toMatchObject({ reactions: [{ emoji: '👍', users: [users[1]] }, {}] });
    await ada.request('message:delete', channelId, { id });
    for (const read of [messages, newcomer]) expect((await read())[0]).not.toHaveProperty('reactions');
    expect((await react(ada, '👍')).data.code).toBe('not_found');
  });

  it('[REACT-2] refuse what is no emoji, no message, or not allowed', async () => {
    const { channelId, ada, id, react } = await said();
    const bad = await Promise.all(['', 'x', '👍👍', ':A:', 'a\0', '<img>'].map((emoji) => react(ada, emoji)));
    expect(codes(bad)).toEqual(bad.map(() => 'bad_request'));
    for (const data of [{}, { messageId: id }, { emoji: '👍' }, { messageId: 1, emoji: '👍' }, [], 'x']) {
      const answer = await ada.request('reaction:add', channelId, data);
      expect(answer, JSON.stringify(data)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
    const lost = await Promise.all(['nothing', 'a\0', '__proto__'].map((of) => react(ada, '👍', 'add', of)));
    expect(codes(lost)).toEqual(['not_found', 'not_found', 'not_found']);
    const outside = await ada.request('reaction:remove', `${channelId}-other`, {
      messageId: id,
      emoji: '👍',
    });
    expect(outside.data.code).toBe('not_member');
  });

  it('[REACT-3] twenty emoji, however many are sent at once', async () => {
    const { ada, bob, react, messages } = await said();
    const asked = upTo(30).flatMap((n) => [react(ada, `:e${n}:`), react(bob, `:e${n}:`)]);
    const answers = await Promise.all(asked);
    const landed = answers.filter(({ type }) => type === 'ack');
    expect(new Set(codes(answers.filter(({ type }) => type === 'error')))).toEqual(new Set(['conflict']));
    const [message] = await messages();
    const reactions = (message as { reactions?: { users: string[] }[] }).reactions ?? [];
    expect(reactions).toHaveLength(20);
    expect(reactions.flatMap(({ users }) => users)).toHaveLength(landed.length);
  });

  it('[REACT-4] reach messages that no ring holds any more', async () => {
    const { channelId, ada, bob, id, react } = await said();
    await Promise.all(upTo(BEYOND_RING).map((n) => bob.say(channelId, `n${n}`)));
    const answers = await Promise.all([react(ada, '👍'), react(bob, '👍'), react(ada, '👍')]);
    const head = BEYOND_RING + 1;
    expect(answers.map(({ data }) => data)).toMatchObject([
      { seq: head + 1 },
      { seq: head + 2 },
      { seq: head + 1, duplicate: true },
    ]);
    const page = (await bob.request('history:get', channelId, { afterSeq: 0, limit: 1 })).data;
    expect(page.events[0]).toMatchObject({
      data: { id, reactions: [{ emoji: '👍', users: [ada.user.id, bob.user.id] }] },
    });
  });

  it('[REACT-1] [REACT-4] [RESUME-2] who was away comes to the state of now, and a retry changes nothing', async () => {
    const { channelId, ada, bob, id, react, reply } = await said();
    const { epoch } = (await bob.join(channelId)).data;
    await react(bob, '👍');
    await bob.cut();
    await react(ada, '👍');
    await reply(ada, id);
    const back = await WireClient.guest(server.url, undefined, { guestToken: bob.guestToken });
    const { data } = await back.join(channelId, { recover: { epoch, seq: 0 } });
    expect(data).toMatchObject({ recovered: true, seq: 4 });
    expect(data.events[0]!.data).toMatchObject({
      reactions: [{ emoji: '👍', users: [bob.user.id, ada.user.id] }],
      thread: { count: 1 },
    });
    expect((await react(back, '👍')).data).toEqual({ seq: 2, duplicate: true });
  });
});

describe('replies', () => {
  it('[REPLY-2] [REPLY-3] carry a quote that follows what it tells of; the root has a count', async () => {
    const { channelId, ada, bob, id, reply, messages, newcomer } = await said('x'.repeat(300));
    const { id: first } = (await reply(bob, id)).data;
    const quote = { id, author: refOf(ada), content: 'x'.repeat(200) };
    expect((await ada.event(channelId, 2)).data).toMatchObject({ replyTo: id, quote });
    const { id: second } = (await reply(ada, first)).data;
    const shown = await bob.event(channelId, 3);
    expect(shown.data).toMatchObject({ replyTo: first, root: id, quote: { id: first, content: 'reply' } });
    await ada.request('message:update', channelId, { id, content: 'edited' });
    for (const read of [messages, newcomer]) {
      const [root, told] = await read();
      expect(root).toMatchObject({ content: 'edited', thread: { count: 2, lastAt: shown.timestamp } });
      expect(told).toMatchObject({ quote: { ...quote, content: 'edited' } });
    }
    await ada.request('message:delete', channelId, { id });
    await bob.request('message:delete', channelId, { id: first });
    const gone = { author: refOf(bob), deleted: true };
    for (const read of [messages, newcomer]) {
      const text = JSON.stringify(await read());
      expect(text).not.toContain('edited');
      expect(await read()).toEqual([
        { id, author: refOf(ada), deleted: true, thread: { count: 1, lastAt: shown.timestamp } },
        { id: first, root: id, ...gone },
        expect.objectContaining({ id: second, quote: { id: first, ...gone } }),
      ]);
    }
  });

  it('[REPLY-1] need a message that stands in the channel; a retry finds the first', async () => {
    const { channelId, ada, bob, id, reply } = await said();
    const other = await said();
    const lost = await Promise.all(
      ['nothing', other.id, '__proto__'].flatMap((of) => [
        reply(ada, of),
        reply(ada, of, { clientMessageId: `k ${of}` }),
      ]),
    );
    expect(codes(lost)).toEqual(lost.map(() => 'not_found'));
    const answers = await Promise.all(upTo(3).map(() => reply(bob, id, { clientMessageId: 'k' })));
    expect(answers.map(({ data }) => data.seq)).toEqual([2, 2, 2]);
    await ada.request('message:delete', channelId, { id });
    expect((await reply(bob, id, { clientMessageId: 'k' })).data).toMatchObject({ seq: 2, duplicate: true });
    expect((await reply(bob, id)).data.code).toBe('not_found');
    expect((await reply(bob, id, { clientMessageId: 'new' })).data.code).toBe('not_found');
  });

  it('[REPLY-4] thread:get tells a thread page by page, by any message of it', async () => {
    const { channelId, ada, bob, id, reply } = await said();
    const ids: string[] = [];
    for (const n of upTo(5)) {
      ids.push((await reply(bob, ids.at(-1) ?? id, { content: `r${n}` })).data.id);
      await ada.say(channelId, 'between');
    }
    const thread = async (of: string, data: object = {}) => {
      const answer = await ada.request('thread:get', channelId, { id: of, ...data });
      expect(answer).toMatchObject({
        type: 'thread',
        data: { root: { data: { id, thread: { count: 5 } } } },
      });
      return [answer.data.events.map((event) => event.data.content).join(' '), answer.data.hasMore];
    };
    expect(await thread(id)).toEqual(['r1 r2 r3 r4 r5', false]);
    expect(await thread(ids[3]!, { limit: 2 })).toEqual(['r4 r5', true]);
    expect(await thread(id, { limit: 2, beforeSeq: 8 })).toEqual(['r2 r3', true]);
    const codesOf = await Promise.all(
      [{ id: 'nothing' }, { id: 'a\0' }, {}, { id, limit: 0 }].map((data) =>
        ada.request('thread:get', channelId, data),
      ),
    );
    expect(codes(codesOf)).toEqual(['not_found', 'not_found', 'bad_request', 'bad_request']);
  });
});

describe('pins and versions', () => {
  it('[PIN-1] [PIN-3] message:pin, message:unpin and pins:get', async () => {
    const { channelId, ada, bob, id } = await said();
    const mod = await moderator();
    await mod.join(channelId);
    const pin = (by: WireClient, of: string, how = 'message:pin') => by.request(how, channelId, { id: of });
    const pins = async () => {
      const { data } = await bob.request('pins:get', channelId);
      return data.events.map((event) => event.data.id);
    };
    expect(codes([await pin(ada, id), await pin(ada, 'nothing', 'message:unpin')])).toEqual([
      ...['forbidden', 'forbidden'],
    ]);
    expect((await pin(mod, id)).data).toEqual({ id, seq: 2 });
    expect((await bob.event(channelId, 2)).data).toEqual({ id, by: refOf(mod) });
    expect((await pin(mod, id)).data).toEqual({ id, duplicate: true });
    await Promise.all(upTo(BEYOND_RING).map((n) => bob.say(channelId, `n${n}`)));
    const { id: second } = (await ada.request('message:send', channelId, { content: 'second' })).data;
    await pin(mod, second);
    expect(await pins()).toEqual([id, second]);
    await pin(mod, id, 'message:unpin');
    expect(await pins()).toEqual([second]);
    await ada.request('message:delete', channelId, { id: second });
    expect(await pins()).toEqual([]);
    expect((await pin(mod, second)).data.code).toBe('not_found');
  });

  it('[EDIT-1] message:versions tells moderators what was said before', async () => {
    const { channelId, ada, id } = await said('one');
    const mod = await moderator();
    await mod.join(channelId);
    for (const content of ['two', 'three']) await ada.request('message:update', channelId, { id, content });
    const ask = (by: WireClient, data: object = {}) =>
      by.request('message:versions', channelId, { id, ...data });
    expect((await ask(ada)).data.code).toBe('forbidden');
    expect((await ask(mod)).data).toEqual({
      items: [
        { version: 1, content: 'one', replacedAt: expect.any(Number) },
        { version: 2, content: 'two', replacedAt: expect.any(Number) },
      ],
      hasMore: false,
    });
    expect((await ask(mod, { before: 2 })).data).toMatchObject({ items: [{ content: 'one' }] });
    expect((await ask(mod, { id: 'nothing' })).data.code).toBe('not_found');
    await ada.request('message:delete', channelId, { id });
    expect((await ask(mod)).data).toEqual({ items: [], hasMore: false });
  });
});
