/** Edits and deletions of messages over real sockets, threads and PostgreSQL. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rest } from '../support/account-client.ts';
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

async function staff(name: string, role: 'moderator' | 'admin'): Promise<WireClient> {
  const token = await serverToken(server.database.connectionString, { name, roles: ['user', role] });
  const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

/** Ada with two connections, and Bob, in a new channel, and a message of Ada's there. */
async function said(content = 'first') {
  const channelId = `changes-${(channels += 1)}`;
  const ada = await WireClient.guest(server.url);
  const adaToo = await WireClient.guest(server.url, undefined, { guestToken: ada.guestToken });
  const bob = await WireClient.guest(server.url);
  for (const client of [ada, adaToo, bob]) await client.join(channelId);
  const data = { content, clientMessageId: 'k', meta: { a: [1, { b: null }] } };
  const send = () => ada.request('message:send', channelId, data);
  const { id } = (await send()).data;
  return {
    ...{ channelId, ada, adaToo, bob, id, send },
    created: { id, ...data, author: refOf(ada) },
    update: (by: WireClient, text: string, of: unknown = id, where = channelId) =>
      by.request('message:update', where, { id: of, content: text }),
    remove: (by: WireClient, of: unknown = id, where = channelId) =>
      by.request('message:delete', where, { id: of }),
    /** What a newcomer is told of the channel. */
    replayed: async () => {
      const reader = await WireClient.guest(server.url);
      const { events } = (await reader.join(channelId, { recover: { epoch: await epoch(), seq: 0 } })).data;
      await reader.close();
      return events.map(({ type, data: told }) => [type, told]);
    },
  };

  async function epoch(): Promise<string> {
    return (await bob.join(channelId)).data.epoch;
  }
}

describe('message:update and message:delete', () => {
  it('[MSG-10] are acknowledged with id and seq, and shown to every member, the author’s connections included', async () => {
    const { channelId, ada, adaToo, bob, id, update, remove } = await said();
    const ack = await update(ada, 'second 👋');
    expect(ack).toMatchObject({ type: 'ack', channelId, data: { id, seq: 2 } });
    expect(ack.data).toEqual({ id, seq: 2 });
    for (const client of [ada, adaToo, bob]) {
      const event = await client.event(channelId, 2);
      expect(event).toEqual({
        ...{ type: 'message:updated', channelId, seq: 2, timestamp: expect.any(Number) },
        data: { id, content: 'second 👋', editedAt: event.timestamp, author: refOf(ada) },
      });
    }
    expect((await remove(adaToo)).data).toEqual({ id, seq: 3 });
    for (const client of [ada, adaToo, bob]) {
      const event = await client.event(channelId, 3);
      expect(event).toMatchObject({ type: 'message:deleted', seq: 3 });
      expect(event.data).toEqual({ id, by: refOf(ada) });
    }
  });

  it('[REQ-1] without a ref are shown and not answered', async () => {
    const { channelId, ada, bob, id } = await said();
    ada.send({ type: 'message:update', channelId, data: { id, content: 'x' } });
    ada.send({ type: 'message:delete', channelId, data: { id } });
    await bob.event(channelId, 3);
    await ada.request('presence:get', channelId);
    expect(ada.seen('ack')).toHaveLength(1);
  });

  it('[MSG-11] nobody updates another’s, staff deletes it', async () => {
    const scene = await said();
    const { channelId, bob, id, update, remove } = scene;
    const mod = await staff('Mod', 'moderator');
    const root = await staff('Root', 'admin');
    for (const client of [mod, root]) await client.join(channelId);
    const refused = [
      await update(bob, 'x'),
      await remove(bob),
      await update(mod, 'x'),
      await update(root, 'x'),
    ];
    expect(codes(refused)).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
    expect((await remove(mod)).data).toEqual({ id, seq: 2 });
    expect((await bob.event(channelId, 2)).data).toEqual({ id, by: refOf(mod) });
    expect((await remove(root)).data).toEqual({ id, seq: 2, duplicate: true });
  });

  it('[REST-6] over REST are shown to everyone who is there, by staff who isn’t', async () => {
    const [one, other] = [await said(), await said('second')];
    const name = `keeper${channels}`;
    const token = await serverToken(server.database.connectionString, { name, roles: ['user', 'moderator'] });
    const ids = [one.id, 'nothing', other.id];
    const refused = await rest(server.url, 'DELETE', '/messages', {
      ...{ token: one.bob.guestToken, payload: { ids } },
    });
    expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const answer = await rest(server.url, 'DELETE', '/messages', { token, payload: { ids } });
    const missing = { id: 'nothing', code: 'not_found', detail: 'There is no such message.' };
    expect(answer).toEqual({ status: 200, body: { deleted: [one.id, other.id], refused: [missing] } });
    for (const { bob, id } of [one, other]) {
      expect((await bob.next('message:deleted')).data).toMatchObject({ id, by: { name } });
    }
  });

  it('[MSG-11] what is not there, of another channel, or deleted is not_found with one text; outsiders are not_member', async () => {
    const { channelId, ada, bob, id, update, remove } = await said();
    const other = `${channelId}-other`;
    expect(codes([await update(ada, 'x', id, other), await remove(ada, id, other)])).toEqual([
      ...['not_member', 'not_member'],
    ]);
    await ada.join(other);
    const answers = [await update(ada, 'x', id, other), await remove(ada, id, other)];
    for (const of of ['nothing', 'a\0b', '__proto__', '%']) {
      answers.push(await update(ada, 'x', of), await remove(bob, of));
    }
    await remove(ada);
    answers.push(await update(ada, 'x'));
    for (const { type, data } of answers) {
      expect([type, data]).toEqual(['error', { code: 'not_found', message: 'no such message' }]);
    }
    expect(ada.liveSeqs(channelId)).toEqual([1, 2]);
  });

  it('[MSG-11] data and content are checked as for sends', async () => {
    const { channelId, ada, id, update } = await said();
    const contents = ['', 'x'.repeat(4_001), 'a\0b', '/frobnicate'];
    expect(codes(await Promise.all(contents.map((content) => update(ada, content))))).toEqual([
      ...['bad_request', 'too_large', 'bad_request', 'bad_request'],
    ]);
    const wrong = [{}, { id }, { content: 'x' }, { id: '', content: 'x' }, { id: 1, content: 'x' }, [], 'x'];
    for (const data of [...wrong, { id: 'x'.repeat(65), content: 'x' }]) {
      const answer = await ada.request('message:update', channelId, data);
      expect(answer, JSON.stringify(data)).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    }
    expect((await update(ada, '😀'.repeat(4_000))).data.seq).toBe(2);
  });

  it('[MSG-12] retries and twins change nothing and get the seq of what made it so', async () => {
    const { channelId, ada, adaToo, bob, id, update, remove, send } = await said('as it is');
    expect((await update(ada, 'as it is')).data).toEqual({ id, seq: 1, duplicate: true });
    const twins = await Promise.all([update(ada, 'x'), update(adaToo, 'x'), update(ada, 'x')]);
    expect(twins.map(({ data }) => data.seq)).toEqual([2, 2, 2]);
    expect(twins.filter(({ data }) => data.duplicate !== true)).toHaveLength(1);
    expect((await send()).data).toEqual({ id, seq: 1, duplicate: true });
    const gone = await Promise.all(upTo(3).map(() => remove(ada)));
    expect(gone.map(({ data }) => data.seq)).toEqual([3, 3, 3]);
    expect((await send()).data).toEqual({ id, seq: 1, duplicate: true });
    expect(await bob.say(channelId, 'next')).toBe(4);
    await bob.event(channelId, 4);
    expect(bob.liveSeqs(channelId)).toEqual(upTo(4));
  });

  it('[MSG-12] many at once, sends among them, come to one dense order', async () => {
    const { channelId, ada, adaToo, bob, update, replayed } = await said();
    await Promise.all(
      upTo(60).map((n) =>
        n % 3 === 0 ? adaToo.say(channelId, `s${n}`) : update(n % 3 === 1 ? ada : adaToo, `u${n}`),
      ),
    );
    await bob.event(channelId, 61);
    expect(bob.liveSeqs(channelId)).toEqual(upTo(61));
    const last = bob.seen('message:updated').at(-1)!;
    const texts = (await replayed()).flatMap(
      ([, data]) => (data as { readonly content?: string }).content ?? [],
    );
    // Of all updates the last one alone has a text, which the message has too.
    expect(texts.filter((text) => text.startsWith('u'))).toEqual([last.data.content, last.data.content]);
  });

  it('[MSG-11] [MSG-13] reach messages that no ring holds any more', async () => {
    const { channelId, ada, adaToo, bob, id, created, update, remove } = await said();
    await Promise.all(upTo(BEYOND_RING).map((n) => bob.say(channelId, `n${n}`)));
    const page = async () =>
      (await bob.request('history:get', channelId, { afterSeq: 0, limit: 1 })).data.events[0]!.data;
    const head = BEYOND_RING + 1;
    const answers = await Promise.all([update(ada, 'second'), update(bob, 'mine'), update(ada, 'third')]);
    expect(answers.map(({ data }) => data)).toMatchObject([
      { id, seq: head + 1 },
      { code: 'forbidden' },
      { id, seq: head + 2 },
    ]);
    expect(await page()).toEqual({ ...created, content: 'third', editedAt: expect.any(Number) });
    expect((await remove(adaToo)).data).toEqual({ id, seq: head + 3 });
    expect((await update(ada, 'late')).data.code).toBe('not_found');
    expect(await page()).toEqual({ id, author: created.author, deleted: true });
  });

  it('[MSG-13] replayed events, history and REST tell the state of now', async () => {
    const { channelId, ada, bob, id, created, update, remove, replayed } = await said();
    const told = async () => {
      const history = await bob.request('history:get', channelId);
      return history.data.events.map(({ type, data }) => [type, data]);
    };
    const rest = async () => {
      const headers = {
        authorization: `Bearer ${await serverToken(server.database.connectionString, { name: 'R' })}`,
      };
      const answer = await fetch(`${server.url}/chat/history/${channelId}`, { headers });
      return ((await answer.json()) as { readonly items: readonly { readonly data: object }[] }).items[0]!
        .data;
    };
    await told();
    await update(ada, 'second');
    await update(ada, 'third');
    const editedAt: unknown = expect.any(Number);
    const author = refOf(ada);
    const edited = [
      ['message:created', { ...created, content: 'third', editedAt }],
      ['message:updated', { id }],
      ['message:updated', { id, content: 'third', author, editedAt }],
    ];
    for (const read of [told, replayed]) expect(await read()).toEqual(edited);
    expect(await rest()).toMatchObject({ content: 'third', edited_at: expect.any(Number) });
    await remove(ada);
    const deleted = [
      ['message:created', { id, author, deleted: true }],
      ['message:updated', { id }],
      ['message:updated', { id }],
      ['message:deleted', { id, by: author }],
    ];
    for (const read of [told, replayed]) expect(await read()).toEqual(deleted);
    expect(await rest()).toEqual({ id, author, deleted: true });
  });

  it('[MSG-13] [RESUME-2] who was away gets what was changed meanwhile, and comes to the state of now', async () => {
    const { channelId, ada, bob, id, update, remove } = await said();
    const { epoch } = (await bob.join(channelId)).data;
    await bob.cut();
    const { id: second } = (await ada.request('message:send', channelId, { content: 'second' })).data;
    await update(ada, 'edited');
    await remove(ada, second);
    const back = await WireClient.guest(server.url, undefined, { guestToken: bob.guestToken });
    const { data } = await back.join(channelId, { recover: { epoch, seq: 1 } });
    expect(data).toMatchObject({ recovered: true, hasMore: false, seq: 4 });
    expect(data.events.map(({ type, data: event }) => [type, event.id, event.content])).toEqual([
      ['message:created', second, undefined],
      ['message:updated', id, 'edited'],
      ['message:deleted', second, undefined],
    ]);
  });
});

describe('a shadow ban', () => {
  /** What comes of each event, by type; of what is a text, the text. */
  const places = (events: readonly Frame[]) =>
    events.map(({ type, data }) => (data as Frame['data'] | undefined)?.content ?? type);
  const VOID = 'void';

  it('[SHADOW-2] [SHADOW-3] [SHADOW-6] [SHADOW-8] hides what somebody sends from all but themselves and moderators, live, in pages, search and over REST', async () => {
    const { channelId, ada, adaToo, bob, id, update } = await said('first of all');
    const mod = await staff(`shade-${channelId}`, 'moderator');
    await mod.join(channelId);
    const { epoch } = (await bob.join(channelId)).data;
    const word = `word${channelId.replaceAll('-', '')}`;
    const user = { id: ada.user.id };
    expect(await mod.request('user:shadowban', channelId, { user, reason: 'spam' })).toMatchObject({
      ...{ type: 'ack', data: { seq: 2 } },
    });
    // 3: a message, 4: an edit of what everyone sees, 5: a reaction, 6: a reply to the hidden one, 7: a moderator’s.
    const content = `${word} hidden @${bob.user.name}`;
    const sent = (await ada.request('message:send', channelId, { content })).data;
    expect(sent).toEqual({ id: sent.id, seq: 3 });
    expect((await update(ada, `${word} edited`)).data).toEqual({ id, seq: 4 });
    await ada.request('reaction:add', channelId, { messageId: id, emoji: '👍' });
    await adaToo.say(channelId, `${word} more`, { replyTo: sent.id });
    await mod.say(channelId, `${word} stop`, { replyTo: sent.id });
    await bob.say(channelId, `${word} last`);
    expect((await bob.request('message:send', channelId, { content: 'x', replyTo: sent.id })).data.code).toBe(
      'not_found',
    );

    const seen = [`${word} stop`, `${word} last`];
    const own = [content, `${word} edited`, 'reaction:added', `${word} more`];
    const forms = [
      { reader: bob, live: [...Array<string>(5).fill(VOID), ...seen], first: 'first of all' },
      { reader: ada, live: [VOID, ...own, ...seen], first: `${word} edited` },
      { reader: adaToo, live: [VOID, ...own, ...seen], first: `${word} edited` },
      { reader: mod, live: ['member:shadowbanned', ...own, ...seen], first: `${word} edited` },
    ];
    for (const { reader, live, first } of forms) {
      await reader.event(channelId, 8);
      const shown = reader.frames.filter((frame) => frame.channelId === channelId && frame.seq !== undefined);
      expect(places(shown.slice(-7))).toEqual(live);
      expect(reader.liveSeqs(channelId)).toEqual(upTo(8).slice(reader === mod ? 1 : 0));
      const pages = [
        (await reader.join(channelId)).data,
        (await reader.request('history:get', channelId, { limit: 100 })).data,
      ];
      for (const { events } of pages) {
        expect([events[0]?.data.content, ...places(events.slice(1))]).toEqual([first, ...live]);
      }
      const resumed = await reader.join(channelId, { recover: { epoch, seq: 2 } });
      expect(places(resumed.data.events)).toEqual(live.slice(1));
      const found = (await reader.request('message:search', undefined, { text: word, channelId })).data;
      const thread = await reader.request('thread:get', channelId, { id: sent.id });
      if (reader === bob) {
        expect(places(found.events)).toEqual(seen.toReversed());
        expect(thread.data.code).toBe('not_found');
        expect(found.events[1]?.data).not.toHaveProperty('quote');
        expect(JSON.stringify(reader.frames)).not.toContain('shadow');
      } else {
        expect(places(found.events)).toEqual([...seen.toReversed(), `${word} more`, content]);
        expect(places(thread.data.events)).toEqual([`${word} more`, `${word} stop`]);
        expect(found.events[1]?.data).toMatchObject({ quote: { content } });
      }
      expect((reader === mod) === JSON.stringify(reader.frames).includes('shadow')).toBe(true);
    }
    expect((await bob.inbox()).unread).toBe(0);
    expect((await bob.request('read:set', channelId, { seq: 1 })).data).toMatchObject({
      unread: 1,
      mentions: 0,
    });

    const rest = async (token: string) => {
      const answer = await fetch(`${server.url}/chat/history/${channelId}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await answer.json()) as { items: Frame[] }).items;
    };
    const items = await rest(bob.guestToken);
    expect(items.map(({ seq }) => seq)).toEqual(upTo(8));
    expect([items[0]?.data.content, ...places(items.slice(1))]).toEqual(['first of all', ...forms[0]!.live]);
    expect(items[2]).toEqual({ type: 'void', channel_id: channelId, seq: 3 });
    expect(places((await rest(ada.guestToken)).slice(1))).toEqual(forms[1]!.live);

    // What was hidden stays so, and who becomes a moderator sees it.
    await mod.request('user:unshadowban', channelId, { user });
    await ada.say(channelId, 'seen again');
    expect(await bob.event(channelId, 10)).toMatchObject({ data: { content: 'seen again' } });
    const role = { user: { id: bob.user.id }, role: 'moderator' };
    expect(places((await bob.join(channelId)).data.events).slice(1, 6)).toEqual(Array<string>(5).fill(VOID));
    expect((await mod.request('channel:role', channelId, role)).type).toBe('ack');
    expect(places((await bob.join(channelId)).data.events).slice(1, 6)).toEqual(forms[3]!.live.slice(0, 5));
  });
});

describe('a guest who may only read', () => {
  it('[MSG-11] may change nothing', async () => {
    const { channelId, id } = await said();
    const readers = await startWireServer({
      GUESTS: 'read',
      DATABASE_URL: server.database.connectionString,
    });
    try {
      const reader = await WireClient.guest(readers.url);
      await reader.join(channelId);
      const answers = [
        await reader.request('message:update', channelId, { id, content: 'x' }),
        await reader.request('message:delete', channelId, { id }),
      ];
      expect(codes(answers)).toEqual(['forbidden', 'forbidden']);
    } finally {
      await readers.end();
    }
  });
});
