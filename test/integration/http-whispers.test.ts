import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { whisperReader } from '../../src/composition/whisper-reader.ts';
import type { UserRef } from '../../src/protocol/entities.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';
import { serverToken } from '../support/server-tokens.ts';
import { storeDeletedWhisper, storeWhisper } from '../support/stored-whispers.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PATHS = ['/whispers', '/whispers/conversations'];
const refOf = ({ id, name }: UserRef): UserRef => ({ id, name });
const person = (name: string): UserRef => ({ id: `id-${name}`, name });
const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];

interface Page {
  readonly items: readonly { readonly seq: number; readonly data: Readonly<Record<string, unknown>> }[];
  readonly has_more: boolean;
  readonly next?: number;
}

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

/** A server on which Ada, Bob and Eve have whispered; Ada's inbox: two to Bob, two from Bob, one from Eve. */
async function startWhispering() {
  const http = await start();
  for (const user of [ada, bob, eve]) http.inboxes.addPerson({ ...user, guest: false });
  const { inboxLog: log } = http;
  await storeWhisper(log, ada, bob, { content: '1', clientMessageId: 'c1' });
  await storeWhisper(log, bob, ada, { content: '2' });
  await storeWhisper(log, eve, ada, { content: '3' });
  await storeWhisper(log, bob, ada, { content: '4' });
  await storeWhisper(log, ada, bob, { content: '5' });
  await storeWhisper(log, eve, bob, { content: 'not Ada’s' });
  const get = async (url: string, name = 'ada', ...roles: ('admin' | 'moderator')[]) =>
    http.app.inject({ url, headers: await http.bearer(name, ...roles) });
  const page = async (query: string, name?: string) => {
    const { items, ...rest } = (await get(`/whispers${query}`, name)).json<Page>();
    return { texts: items.map(({ data }) => data['content']), ...rest };
  };
  return { ...http, get, page };
}

describe('whispers over HTTP', () => {
  it('[HTTP-36] are the whole inbox or those with one person, in pages, oldest first', async () => {
    const { page } = await startWhispering();
    expect(await page('')).toEqual({ texts: ['1', '2', '3', '4', '5'], has_more: false });
    expect(await page('?limit=2')).toEqual({ texts: ['4', '5'], has_more: true, next: 4 });
    expect(await page('?limit=2&before=4')).toEqual({ texts: ['2', '3'], has_more: true, next: 2 });
    expect(await page('?limit=2&before=2')).toEqual({ texts: ['1'], has_more: false });
    expect(await page('?with=id-bob')).toEqual({ texts: ['1', '2', '4', '5'], has_more: false });
    expect(await page('?with=id-bob&limit=2')).toEqual({ texts: ['4', '5'], has_more: true, next: 4 });
    expect(await page('?with=id-bob&limit=2&before=4')).toEqual({ texts: ['1', '2'], has_more: false });
  });

  it('[HTTP-36] finds a person by name in any case and width', async () => {
    const { page } = await startWhispering();
    for (const name of ['eve', 'EVE', '%20%EF%BC%A5ve']) {
      expect(await page(`?name=${name}`)).toEqual({ texts: ['3'], has_more: false });
    }
  });

  it('[HTTP-36] has snake_case names, and edited and deleted whispers as they stand', async () => {
    const { get, inboxLog } = await startWhispering();
    const changed = { content: 'mended', editedAt: 1_700_000_000_500 };
    const data = { id: 'w-1', from: bob, to: ada, ...changed };
    await inboxLog.append([
      {
        ...{ log: 'inbox:id-ada', id: 'w-1', type: 'whisper:created', sender: bob.id },
        ...{ timestamp: 1_700_000_000_000, data: JSON.stringify(data) },
      },
    ]);
    const deleted = await storeDeletedWhisper(inboxLog, bob, ada);
    const { items } = (await get('/whispers?with=id-bob')).json<Page>();
    expect(items[0]).toEqual({
      type: 'whisper:created',
      seq: 1,
      timestamp: 1_700_000_000_000,
      data: { id: items[0]?.data['id'], from: ada, to: bob, content: '1', client_message_id: 'c1' },
    });
    expect(items.slice(-2).map((item) => item.data)).toEqual([
      { id: 'w-1', from: bob, to: ada, content: 'mended', edited_at: 1_700_000_000_500 },
      { id: deleted, from: bob, to: ada, deleted: true },
    ]);
  });

  it('[HTTP-37] conversations come with the last whisper and what is unread, newest first', async () => {
    const { get } = await startWhispering();
    const answer = await get('/whispers/conversations');
    expect(answer.json()).toMatchObject({
      items: [
        { with: bob, last: { type: 'whisper:created', seq: 5, data: { content: '5' } }, unread: 2 },
        { with: eve, last: { seq: 3, data: { content: '3' } }, unread: 1 },
      ],
      has_more: false,
    });
    const first = (await get('/whispers/conversations?limit=1')).json<{ items: unknown[] }>();
    expect(first).toMatchObject({ items: [{ with: bob }], has_more: true });
    expect(first.items).toHaveLength(1);
  });

  it.each(['?with=id-nobody', '?name=nobody', '?with=%00', '?name=a%1Fb', '?with=id-eve&before=0'])(
    '[HTTP-38] %s is the same empty page as somebody with whom there is nothing',
    async (query) => {
      const { get } = await startWhispering();
      const stranger = await get('/whispers?with=id-ada');
      expect(stranger.body).toBe('{"items":[],"has_more":false}');
      const answer = await get(`/whispers${query}`);
      expect([answer.statusCode, answer.body]).toEqual([200, stranger.body]);
    },
  );

  it('[HTTP-38] nobody’s role opens another inbox', async () => {
    const { get } = await startWhispering();
    for (const role of ['admin', 'moderator'] as const) {
      for (const query of ['', '?with=id-ada', '?with=id-bob', '?name=ada', '?owner=id-ada&user=id-ada']) {
        expect((await get(`/whispers${query}`, 'root', role)).json()).toEqual({ items: [], has_more: false });
      }
      expect((await get('/whispers/conversations', 'root', role)).json()).toEqual({
        items: [],
        has_more: false,
      });
    }
  });

  it('[HTTP-36] is kept by no cache', async () => {
    const { get } = await startWhispering();
    for (const path of PATHS) expect((await get(path)).headers['cache-control']).toBe('no-store');
  });

  it.each([
    '/whispers?limit=0',
    '/whispers?limit=201',
    '/whispers?before=-1',
    '/whispers?before=x',
    '/whispers?before=1e999',
    '/whispers?with=',
    '/whispers?name=',
    '/whispers?with=id-bob&name=bob',
    '/whispers?with=a&with=b',
    `/whispers?with=${'x'.repeat(129)}`,
    '/whispers/conversations?limit=201',
  ])('[HTTP-36] %s is 400', async (url) => {
    const { get } = await startWhispering();
    const answer = await get(url);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'bad_request']);
  });

  it('[HTTP-16] an outage is 503', async () => {
    const away = async () => fail(failure('unavailable', 'away', 1_000));
    const log = new MemoryLog(new MemoryLogStore(), { readFault: () => true });
    const whispers = whisperReader(log, { history: away, conversations: away, findPerson: away });
    const http = await start({ whispers });
    for (const url of [...PATHS, '/whispers?with=id-bob', '/whispers?name=bob']) {
      const answer = await http.app.inject({ url, headers: await http.bearer('ada') });
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    }
  });
});

describe('whispers over HTTP, from the database', () => {
  let server: WireServer;
  let log: PostgresLog;
  beforeAll(async () => {
    server = await startWireServer({ GUEST_WHISPERS: 'off' });
    log = new PostgresLog({
      ...{ connectionString: server.database.connectionString, owner: 'test', shard: 0, incarnation: 1 },
      logger: pino({ level: 'silent' }),
    });
  });
  afterAll(async () => {
    await closeWireClients();
    await log.close();
    await server.end();
  });

  const get = async (path: string, token: string) => {
    const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };

  it('[HTTP-36] [HTTP-37] [HTTP-38] [WHISPER-8] are the bearer’s own, a guest’s too where guests may not send', async () => {
    const { connectionString } = server.database;
    const guest = await WireClient.guest(server.url, 'Ida');
    const other = await WireClient.guest(server.url, 'Uwe');
    const [ida, uwe] = [refOf(guest.user), refOf(other.user)];
    await storeWhisper(log, uwe, ida, { content: 'hi', clientMessageId: 'c' });
    await storeWhisper(log, ida, uwe, { content: 'ho' });
    const whispers = {
      items: [
        { seq: 1, data: { from: uwe, to: ida, content: 'hi', client_message_id: 'c' } },
        { seq: 2, data: { from: ida, to: uwe, content: 'ho' } },
      ],
      has_more: false,
    };
    for (const path of ['/whispers', `/whispers?with=${uwe.id}`, '/api/whispers?name=UWE']) {
      expect(await get(path, guest.guestToken)).toMatchObject({ status: 200, body: whispers });
    }
    expect(await get('/whispers?limit=1', guest.guestToken)).toMatchObject({
      body: { items: [{ seq: 2 }], has_more: true, next: 2 },
    });
    expect(await get('/whispers?before=2&name=uwe', guest.guestToken)).toMatchObject({
      body: { items: [{ seq: 1 }], has_more: false },
    });
    expect(await get('/whispers/conversations', guest.guestToken)).toMatchObject({
      body: { items: [{ with: uwe, last: { seq: 2 }, unread: 1 }], has_more: false },
    });
    const token = await serverToken(connectionString, { name: 'root', roles: ['user', 'admin'] });
    for (const query of ['', `?with=${ida.id}`, '?name=Ida', '?name=nobody', '?with=%00']) {
      expect((await get(`/whispers${query}`, token)).body).toEqual({ items: [], has_more: false });
    }
    expect((await get('/whispers/conversations', token)).body).toEqual({ items: [], has_more: false });
  });
});
