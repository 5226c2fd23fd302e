/** Whispers over real sockets, threads and PostgreSQL: three shards, so that most of them cross the mesh. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

const guest = (name?: string, hello?: object) => WireClient.guest(server.url, name, hello);
/** Another connection of the same user. */
const again = ({ guestToken }: WireClient, hello: object = {}) => guest(undefined, { guestToken, ...hello });
const whisper = (from: WireClient, to: object, content: string, more: object = {}) =>
  from.request('whisper:send', undefined, { to, content, ...more });
const idOf = ({ user }: WireClient) => ({ id: user.id });
const codeOf = ({ type, data }: Frame) => [type, data.code];
/** Everything that the connection's inbox got before now has come. */
const settled = (client: WireClient) => client.request('whisper:conversations');

let names = 0;
const fresh = (name: string): string => `${name}-${(names += 1)}`;

/** Ada with two connections, and Bob with two. */
async function pair() {
  const ada = await guest(fresh('ada'));
  const bob = await guest(fresh('bob'));
  return { ada, adaToo: await again(ada), bob, bobToo: await again(bob) };
}

describe('whisper:send', () => {
  it('[WHISPER-1] [WHISPER-3] is shown to all devices of both but the sending one, dense, and acknowledged', async () => {
    const { ada, adaToo, bob, bobToo } = await pair();
    const answer = await whisper(ada, idOf(bob), 'psst', { clientMessageId: 'c1' });
    expect(answer).toMatchObject({ type: 'ack', data: { id: expect.any(String), seq: 1, delivered: true } });
    const shown = {
      from: { id: ada.user.id, name: ada.user.name },
      to: { id: bob.user.id, name: bob.user.name },
    };
    for (const client of [bob, bobToo, adaToo]) {
      const event = await client.next('whisper:created');
      expect(event).toMatchObject({ seq: 1, timestamp: expect.any(Number) });
      expect(event).not.toHaveProperty('channelId');
      expect(event.data).toEqual({ id: answer.data.id, content: 'psst', clientMessageId: 'c1', ...shown });
    }
    await settled(ada);
    expect(ada.seen('whisper:created')).toEqual([]);
  });

  it('[WHISPER-1] names the recipient by name in any case, and says when nobody was there', async () => {
    const { ada, bob, bobToo } = await pair();
    expect((await whisper(ada, { name: bob.user.name.toUpperCase() }, 'by name')).data.delivered).toBe(true);
    await Promise.all([bob.close(), bobToo.close()]);
    const late = await whisper(ada, idOf(bob), 'to nobody');
    expect(late).toMatchObject({ type: 'ack', data: { seq: 2 } });
  });

  it('[WHISPER-2] a retry over another connection gets the first answer; another recipient is another whisper', async () => {
    const { ada, adaToo, bob, bobToo } = await pair();
    const first = await whisper(ada, idOf(bob), 'once', { clientMessageId: 'same' });
    const retry = await whisper(adaToo, idOf(bob), 'once', { clientMessageId: 'same' });
    expect(retry.data).toMatchObject({ id: first.data.id, seq: first.data.seq, duplicate: true });
    const cy = await guest(fresh('cy'));
    const other = await whisper(ada, idOf(cy), 'once', { clientMessageId: 'same' });
    expect(other.data).toMatchObject({ seq: 2 });
    expect(other.data.duplicate).toBeUndefined();
    await Promise.all([settled(bob), settled(bobToo)]);
    expect(bob.seen('whisper:created')).toHaveLength(1);
  });

  it('[WHISPER-3] [WHISPER-4] many from both to each other at once come to one order on all devices', async () => {
    const { ada, adaToo, bob, bobToo } = await pair();
    const answers = await Promise.all(
      upTo(60).map((n) =>
        n % 2 === 0 ? whisper(ada, idOf(bob), `a${n}`) : whisper(bob, idOf(ada), `b${n}`),
      ),
    );
    expect(answers.every(({ type }) => type === 'ack')).toBe(true);
    for (const client of [adaToo, bobToo]) {
      const { events } = (await client.request('whisper:history', undefined, { limit: 200 })).data;
      expect(events.map(({ seq }) => seq)).toEqual(upTo(60));
      while (client.seen('whisper:created').length < 60) await client.next('whisper:created');
      expect(client.seen('whisper:created')).toEqual(events);
      const sent = events.filter(({ data }) => data.content.startsWith('a')).map(({ data }) => data.content);
      expect(sent).toEqual(
        upTo(60)
          .filter((n) => n % 2 === 0)
          .map((n) => `a${n}`),
      );
    }
  });

  it('[WHISPER-9] a note to oneself is one event, shown to the other connections, never unread', async () => {
    const { ada, adaToo } = await pair();
    const answer = await whisper(ada, { name: ada.user.name }, 'milk');
    expect(answer.data).toMatchObject({ seq: 1, delivered: true });
    expect(await adaToo.next('whisper:created')).toMatchObject({ seq: 1, data: { id: answer.data.id } });
    expect(await (await again(ada)).inbox()).toMatchObject({ seq: 1, unread: 0 });
  });

  it('[WHISPER-7] unknown, blocking and closed recipients are told apart by nobody', async () => {
    const { ada, bob } = await pair();
    const unknown = await whisper(ada, { name: fresh('nobody') }, 'hi');
    expect(codeOf(unknown)).toEqual(['error', 'not_found']);
    await bob.request('user:block', undefined, { user: idOf(ada) });
    const blocked = await whisper(ada, idOf(bob), 'hi');
    await bob.request('user:unblock', undefined, { user: idOf(ada) });
    await bob.request('whisper:policy', undefined, { from: 'nobody' });
    const closed = await whisper(ada, idOf(bob), 'hi');
    const strange = await whisper(ada, { id: 'no-such-id' }, 'hi');
    for (const refused of [blocked, closed, strange]) expect(refused.data).toEqual(unknown.data);
    await settled(bob);
    expect(bob.seen('whisper:created')).toEqual([]);
  });

  it('[WHISPER-15] people who share a channel, on whatever shard it is', async () => {
    const { ada, bob } = await pair();
    await bob.request('whisper:policy', undefined, { from: 'shared' });
    expect(codeOf(await whisper(ada, idOf(bob), 'stranger'))).toEqual(['error', 'not_found']);
    for (const channelId of ['one', 'two', 'three'].map(fresh)) {
      await Promise.all([ada.join(channelId), bob.join(channelId)]);
      expect((await whisper(ada, idOf(bob), `from ${channelId}`)).type).toBe('ack');
      await Promise.all([ada, bob].map((client) => client.request('channel:leave', channelId)));
      expect(codeOf(await whisper(ada, idOf(bob), 'gone'))).toEqual(['error', 'not_found']);
    }
  });

  it.each([
    [{ to: { name: 'x' }, content: '' }, 'bad_request'],
    [{ to: { name: 'x' }, content: 'x'.repeat(4_001) }, 'too_large'],
    [{ to: { name: 'x' }, content: 'a\0b' }, 'bad_request'],
    [{ to: { name: 'x' }, content: '\ud800' }, 'bad_request'],
    [{ to: { name: '' }, content: 'x' }, 'bad_request'],
    [{ to: {}, content: 'x' }, 'bad_request'],
    [{ to: 'x', content: 'x' }, 'bad_request'],
    [{ content: 'x' }, 'bad_request'],
    [{ to: { id: 'a\0b' }, content: 'x' }, 'not_found'],
    [{ to: { name: '\u{10ffff}' }, content: 'x' }, 'not_found'],
    [{ to: { name: 'x' }, content: 'x', clientMessageId: '' }, 'bad_request'],
  ])('[WHISPER-8] %j is %s, and the connection stays', async (data, code) => {
    const ada = await guest(fresh('ada'));
    expect(codeOf(await ada.request('whisper:send', undefined, data))).toEqual(['error', code]);
    expect((await ada.request('ping')).type).toBe('pong');
  });
});

describe('the inbox', () => {
  it('[INBOX-1] [INBOX-2] who was away gets what came, by recover in hello, by inbox:resume, or the newest page', async () => {
    const { ada, bob, bobToo } = await pair();
    await whisper(ada, idOf(bob), 'one');
    await bob.next('whisper:created');
    const { epoch } = await (await again(bob)).inbox();
    await Promise.all([bob.close(), bobToo.close()]);
    for (const content of ['two', 'three']) await whisper(ada, idOf(bob), content);
    const back = await again(bob, { recover: { epoch, seq: 1 } });
    expect(await back.inbox()).toMatchObject({
      epoch,
      seq: 3,
      unread: 3,
      conversations: [{ with: ada.user.id, unread: 3 }],
    });
    const resumed = await back.next('inbox:resumed');
    expect(resumed.data).toMatchObject({ epoch, seq: 3, recovered: true, hasMore: false, unread: 3 });
    expect(resumed.data.events.map(({ data }) => data.content)).toEqual(['two', 'three']);
    await whisper(ada, idOf(bob), 'four');
    expect(await back.next('whisper:created')).toMatchObject({ seq: 4, data: { content: 'four' } });
    const newest = await back.request('inbox:resume');
    expect(newest.data).toMatchObject({ recovered: null, seq: 4 });
    const lost = await back.request('inbox:resume', undefined, { recover: { epoch: 'other', seq: 2 } });
    expect(lost.data).toMatchObject({ recovered: false });
    expect(lost.data.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('[WHISPER-5] [WHISPER-6] [WHISPER-11] receipts reach the sender, and counts agree on all devices', async () => {
    const { ada, adaToo, bob, bobToo } = await pair();
    const sent = [await whisper(ada, idOf(bob), 'one'), await whisper(ada, idOf(bob), 'two')];
    const [first, second] = sent.map(({ data }) => data.id) as [string, string];
    await bob.request('whisper:delivered', undefined, { with: idOf(ada), id: second });
    const by = { id: bob.user.id, name: bob.user.name };
    for (const client of [ada, adaToo]) {
      expect((await client.next('whisper:delivered')).data).toEqual({ id: second, by });
    }
    const read = await bob.request('whisper:read', undefined, { with: { name: ada.user.name }, id: first });
    expect(read).toMatchObject({ type: 'ack', data: { unread: 1, total: 1 } });
    for (const client of [ada, adaToo])
      expect((await client.next('whisper:read')).data).toEqual({ id: first, by });
    expect((await bobToo.next('whisper:read')).data).toEqual({
      id: first,
      by,
      with: ada.user.id,
      unread: 1,
      total: 1,
    });
    const history = await ada.request('whisper:history', undefined, { with: idOf(bob) });
    expect(history.data).toMatchObject({ delivered: 2, read: 1 });
    const wrong = await bob.request('whisper:read', undefined, { with: idOf(ada), id: 'no such' });
    expect(codeOf(wrong)).toEqual(['error', 'not_found']);
  });

  it('[WHISPER-12] [WHISPER-13] history is paged by correspondent, conversations tell last and unread', async () => {
    const { ada, bob } = await pair();
    const cy = await guest(fresh('cy'));
    for (const n of upTo(5)) await whisper(ada, idOf(bob), `b${n}`);
    await whisper(cy, idOf(ada), 'c1');
    const page = await ada.request('whisper:history', undefined, { with: idOf(bob), limit: 2 });
    expect(page.data.events.map(({ data }) => data.content)).toEqual(['b4', 'b5']);
    expect(page.data.hasMore).toBe(true);
    const older = { with: { name: bob.user.name }, beforeSeq: page.data.events[0]!.seq, limit: 5 };
    const rest = await ada.request('whisper:history', undefined, older);
    expect(rest.data.events.map(({ data }) => data.content)).toEqual(['b1', 'b2', 'b3']);
    const { items, hasMore } = (await ada.request('whisper:conversations')).data;
    expect({ items, hasMore }).toMatchObject({
      items: [
        { with: { id: cy.user.id, name: cy.user.name }, last: { data: { content: 'c1' } }, unread: 1 },
        { with: { id: bob.user.id, name: bob.user.name }, last: { data: { content: 'b5' } }, unread: 0 },
      ],
      hasMore: false,
    });
    const stranger = await cy.request('whisper:history', undefined, { with: idOf(bob) });
    expect(stranger.data.events).toEqual([]);
  });

  it('[WHISPER-14] blocks are listed, and followed by the other connections', async () => {
    const { ada, bob, bobToo } = await pair();
    expect((await bob.request('user:block', undefined, { user: { name: ada.user.name } })).type).toBe('ack');
    expect((await bobToo.next('user:blocked')).data).toEqual({ user: { id: ada.user.id } });
    const { items } = (await bobToo.request('user:blocks')).data;
    expect(items).toEqual([{ id: ada.user.id, name: ada.user.name }]);
    await bobToo.request('user:unblock', undefined, { user: idOf(ada) });
    expect((await bob.next('user:unblocked')).data).toEqual({ user: { id: ada.user.id } });
    expect(codeOf(await bob.request('user:block', undefined, { user: idOf(bob) }))).toEqual([
      'error',
      'bad_request',
    ]);
    expect((await whisper(ada, idOf(bob), 'hello again')).type).toBe('ack');
  });
});
