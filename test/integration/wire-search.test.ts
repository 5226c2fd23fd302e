/** The search over real sockets and over REST, on the real server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../support/postgres.ts';
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

let channels = 0;
/** A word that nothing else has, and a channel's id. */
const fresh = () => {
  channels += 1;
  return {
    word: `wort${channels}x${Date.now().toString(36)}`,
    channelId: `search-${channels}-${Date.now()}`,
  };
};
const find = (client: WireClient, data: object) => client.request('message:search', undefined, data);
const contents = ({ data }: Frame): string[] => data.events.map((event) => event.data.content);

async function withToken(name: string, wishes: { id?: string; roles?: ('user' | 'moderator')[] } = {}) {
  const token = await serverToken(server.database.connectionString, { name, ...wishes });
  const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return { client, token };
}

interface MessagesPage {
  readonly items: readonly {
    readonly timestamp: number;
    readonly data: { readonly id: string; readonly content: string };
  }[];
  readonly has_more: boolean;
  readonly next?: string;
}

async function get(query: string, token?: string): Promise<{ status: number; body: MessagesPage }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/messages${query}`, { headers });
  return { status: answer.status, body: (await answer.json()) as MessagesPage };
}

describe('message:search', () => {
  it('[SEARCH-1] [SEARCH-8] finds what was acknowledged a moment ago, in channels joined or not, as pages have it', async () => {
    const { word, channelId } = fresh();
    const [ada, bob] = [await WireClient.guest(server.url), await WireClient.guest(server.url)];
    await ada.join(channelId);
    const data = { content: `Hello ${word}, 手机`, clientMessageId: 'k', meta: { a: [1] } };
    const { id } = (await ada.request('message:send', channelId, data)).data;
    const answer = await find(bob, { text: word.toUpperCase() });
    expect(answer).toMatchObject({ type: 'results', ref: expect.any(String), timestamp: expect.any(Number) });
    expect(answer.data).toEqual({
      events: [
        {
          ...{ type: 'message:created', channelId, seq: 1, timestamp: expect.any(Number) },
          data: { id, ...data, author: { id: ada.user.id, name: ada.user.name } },
        },
      ],
      hasMore: false,
    });
    for (const text of [`"hello ${word}"`, `手机 ${word}`, `${word.slice(0, -2)}*`]) {
      expect(contents(await find(bob, { text, channelId }))).toHaveLength(1);
    }
    for (const author of [ada.user.id, { id: ada.user.id }, { name: ada.user.name }]) {
      expect(contents(await find(bob, { text: word, author }))).toHaveLength(1);
    }
    expect(contents(await find(bob, { text: word, author: bob.user.id }))).toEqual([]);
  });

  it('[SEARCH-8] an edited message is found by its new text alone, a deleted one by none', async () => {
    const { word, channelId } = fresh();
    const ada = await WireClient.guest(server.url);
    await ada.join(channelId);
    const { id } = (await ada.request('message:send', channelId, { content: `${word} apple` })).data;
    expect(contents(await find(ada, { text: word }))).toEqual([`${word} apple`]);
    await ada.request('message:update', channelId, { id, content: `${word} pear` });
    expect(contents(await find(ada, { text: `${word} apple` }))).toEqual([]);
    const { data } = await find(ada, { text: `${word} pear` });
    expect(data.events).toMatchObject([{ seq: 1, data: { id, editedAt: expect.any(Number) } }]);
    await ada.request('message:delete', channelId, { id });
    expect(contents(await find(ada, { text: word }))).toEqual([]);
    expect(contents(await find(ada, { text: word, channelId }))).toEqual([]);
  });

  it('[SEARCH-5] pages by `next`, or by time', async () => {
    const { word, channelId } = fresh();
    const ada = await WireClient.guest(server.url);
    await ada.join(channelId);
    for (const n of upTo(5)) await ada.request('message:send', channelId, { content: `${word} ${n}` });
    const seen: string[] = [];
    for (let before: unknown; ;) {
      const answer = await find(ada, { text: word, limit: 2, before });
      seen.push(...contents(answer));
      before = answer.data.next;
      if (!answer.data.hasMore) break;
    }
    expect(seen).toEqual(
      upTo(5)
        .map((n) => `${word} ${n}`)
        .reverse(),
    );
    const all = (await find(ada, { text: word })).data.events;
    const times = all.map(({ timestamp = 0 }) => timestamp);
    const [newest = 0] = times;
    const before = contents(await find(ada, { text: word, before: newest }));
    expect(before).toEqual(seen.filter((_, n) => times[n]! < newest));
    expect(contents(await find(ada, { text: word, after: newest }))[0]).toBe(seen[0]);
  });

  it('[SEARCH-7] finds nothing of a private channel but for its members and staff, who are told the same as of a missing one', async () => {
    const { word, channelId } = fresh();
    const [ada, root] = [
      await withToken('Searcher'),
      await withToken('Searching staff', { roles: ['user', 'moderator'] }),
    ];
    await root.client.join(channelId);
    await root.client.request('message:send', channelId, { content: `${word} private` });
    const database = <T>(text: string, values: unknown[]) =>
      withClient(server.database.connectionString, (client) => client.query(text, values) as Promise<T>);
    await database('update channels set private = true where id = $1', [channelId]);
    const missing = await find(ada.client, { text: word, channelId: 'no-such-channel' });
    const closed = await find(ada.client, { text: word, channelId });
    expect(closed).toMatchObject({ type: 'error', data: { code: 'not_found' } });
    expect(closed.data).toEqual(missing.data);
    expect(contents(await find(ada.client, { text: word }))).toEqual([]);
    expect((await get(`?channel=${channelId}`, ada.token)).status).toBe(404);
    expect(contents(await find(root.client, { text: word }))).toEqual([`${word} private`]);
    await database(
      `insert into channel_members (channel_id, user_id, name, role, joined_at) values ($1, $2, 'Ada', 'member', 0)`,
      [channelId, ada.client.user.id],
    );
    expect(contents(await find(ada.client, { text: word }))).toEqual([`${word} private`]);
    expect((await get(`?channel=${channelId}`, ada.token)).body.items).toHaveLength(1);
  });

  it.each([
    {},
    { text: '' },
    { text: '!!' },
    { text: 'x'.repeat(201) },
    { text: 'a b c d e f g h i j k' },
    { text: 1 },
    { text: 'a', limit: 0 },
    { text: 'a', limit: 101 },
    { text: 'a', before: -1 },
    { text: 'a', before: '' },
    { text: 'a', author: {} },
    { text: 'a', channelId: 'not a channel' },
  ])('[SEARCH-4] %j is a bad request', async (data) => {
    const ada = await WireClient.guest(server.url);
    expect((await find(ada, data)).data).toMatchObject({ code: 'bad_request' });
  });

  it('[SEARCH-6] a `before` that names no message is `not_found`', async () => {
    const ada = await WireClient.guest(server.url);
    expect((await find(ada, { text: 'a', before: 'no-such-message' })).data).toMatchObject({
      code: 'not_found',
    });
  });

  it('[SEARCH-12] texts that mean something to SQL or to text search mean nothing', async () => {
    const ada = await WireClient.guest(server.url);
    for (const text of [
      "a' | 'b",
      "a'); drop table events; --",
      'a & !b',
      'a:*B',
      'a <-> b',
      '\\',
      "'\\a'",
      '\ufdfa',
    ]) {
      expect((await find(ada, { text })).type, text).toMatch(text === '\\' ? 'error' : 'results');
    }
  });
});

describe('GET /messages', () => {
  it('[SEARCH-13] needs a token, and says what there is of some channels or of all, newest first', async () => {
    const one = fresh();
    const two = fresh();
    const { client, token } = await withToken('Rest searcher');
    for (const { channelId } of [one, two]) await client.join(channelId);
    const send = async (channelId: string, content: string) =>
      (await client.request('message:send', channelId, { content, clientMessageId: content })).data;
    await send(one.channelId, `${one.word} a`);
    await send(two.channelId, `${one.word} b`);
    const { id } = await send(one.channelId, `${one.word} c`);
    expect((await get('?keyword=a')).status).toBe(401);
    const both = `?channel=${one.channelId}&channel=${two.channelId}`;
    const found = await get(`${both}&keyword=${one.word}`, token);
    expect(found.body.items.map((item) => item.data.content.slice(-1))).toEqual(['c', 'b', 'a']);
    expect(found.body).toMatchObject({ has_more: false });
    expect(found.body.items[0]).toEqual({
      ...{ type: 'message:created', channel_id: one.channelId, seq: 2, timestamp: expect.any(Number) },
      data: {
        ...{ id, content: `${one.word} c`, client_message_id: `${one.word} c` },
        author: { id: client.user.id, name: client.user.name },
      },
    });
    const last = async (query: string) =>
      (await get(query, token)).body.items.map((item) => item.data.content.slice(-1)).join('');
    expect(await last(both)).toBe('cba');
    expect(await last(`${both}&keyword=`)).toBe('cba');
    expect(await last(`?channel=${two.channelId}`)).toBe('b');
    expect(await last(`?keyword=${one.word}&limit=2`)).toBe('cb');
    expect(await last(`?keyword=${one.word}&limit=1&offset=1`)).toBe('b');
    expect(await last(`?user_id=${client.user.id}&keyword=${one.word}`)).toBe('cba');
    expect(await last(`?user_id=nobody&keyword=${one.word}`)).toBe('');
    const page = await get(`${both}&limit=2`, token);
    expect(page.body).toMatchObject({ has_more: true, next: page.body.items[1]?.data.id });
    expect(await last(`${both}&limit=2&cursor=${page.body.next}`)).toBe('a');
    const [newest, , oldest] = found.body.items;
    expect(await last(`${both}&after=${newest!.timestamp}`)).toContain('c');
    expect(await last(`${both}&before=${oldest!.timestamp}`)).toBe('');
  });

  it.each([
    '?keyword=!!',
    '?limit=0',
    '?limit=101',
    '?offset=1001',
    '?channel=a%20b',
    '?before=x',
    '?cursor=',
  ])('[SEARCH-13] %s is 400', async (query) => {
    const { token } = await withToken('Bad searcher');
    expect((await get(query, token)).status).toBe(400);
  });

  it('[SEARCH-13] a channel or a cursor that is not there is 404, also beside others', async () => {
    const { channelId } = fresh();
    const { client, token } = await withToken('Lost searcher');
    await client.join(channelId);
    await client.request('message:send', channelId, { content: 'here' });
    expect((await get(`?channel=${channelId}`, token)).status).toBe(200);
    expect((await get(`?channel=${channelId}&channel=missing`, token)).status).toBe(404);
    expect((await get('?cursor=missing', token)).status).toBe(404);
  });
});
