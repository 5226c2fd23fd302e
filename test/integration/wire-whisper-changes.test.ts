/** Edits and deletions of whispers over real sockets, threads and PostgreSQL. */
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

const guest = (name?: string, hello?: object) => WireClient.guest(server.url, name, hello);
const again = ({ guestToken }: WireClient) => guest(undefined, { guestToken });
const idOf = ({ user }: WireClient) => ({ id: user.id });
const update = (client: WireClient, id: unknown, content: string) =>
  client.request('whisper:update', undefined, { id, content });
const remove = (client: WireClient, id: unknown) => client.request('whisper:delete', undefined, { id });

let names = 0;
const fresh = (name: string): string => `${name}-c${(names += 1)}`;

/** Ada with two connections, and Bob, to whom she has sent a whisper. */
async function whispered(content = 'first') {
  const ada = await guest(fresh('ada'));
  const bob = await guest(fresh('bob'));
  const adaToo = await again(ada);
  const data = { to: idOf(bob), content, clientMessageId: 'k' };
  const { id } = (await ada.request('whisper:send', undefined, data)).data as { id: string };
  const [from, to] = [ada, bob].map(({ user }) => ({ id: user.id, name: user.name }));
  return {
    ada,
    adaToo,
    bob,
    id,
    parties: { from, to },
    send: () => ada.request('whisper:send', undefined, data),
  };
}

/** All that a new connection of the user is told of the inbox. */
async function replayed(client: WireClient) {
  const other = await again(client);
  const { events } = (await other.request('inbox:resume')).data;
  return events.map(({ type, data }) => [type, data]);
}

describe('whisper:update and whisper:delete', () => {
  it('[WHISPER-18] are shown to all devices of both but the asking one, dense, and acknowledged', async () => {
    const { ada, adaToo, bob, id, parties } = await whispered();
    expect((await update(ada, id, 'second')).data).toEqual({ id, seq: 2 });
    for (const client of [adaToo, bob]) {
      const event = await client.next('whisper:updated');
      expect(event).toMatchObject({ seq: 2 });
      expect(event.data).toEqual({ id, ...parties, content: 'second', editedAt: event.timestamp });
    }
    expect((await remove(adaToo, id)).data).toEqual({ id, seq: 3 });
    for (const client of [ada, bob]) {
      const event = await client.next('whisper:deleted');
      expect(event).toMatchObject({ seq: 3, data: { id, ...parties } });
    }
    expect([ada.seen('whisper:updated'), adaToo.seen('whisper:deleted')]).toEqual([[], []]);
  });

  it('[WHISPER-18] only the author’s, and only what is there: not_found with one text', async () => {
    const { ada, bob, id } = await whispered();
    const answers = [await update(bob, id, 'x'), await remove(bob, id), await remove(ada, 'nothing')];
    answers.push(await update(ada, `${id}:sent`, 'x'));
    await remove(ada, id);
    answers.push(await update(ada, id, 'x'));
    for (const { type, data } of answers) {
      expect([type, data]).toEqual(['error', { code: 'not_found', message: 'no such whisper' }]);
    }
  });

  it('[WHISPER-19] retries and twins change nothing and get the seq of what made it so', async () => {
    const { ada, adaToo, bob, id, send } = await whispered('as it is');
    expect((await update(ada, id, 'as it is')).data).toEqual({ id, seq: 1, duplicate: true });
    const twins = await Promise.all([update(ada, id, 'x'), update(adaToo, id, 'x'), update(ada, id, 'x')]);
    expect(twins.map(({ data }) => data.seq)).toEqual([2, 2, 2]);
    expect(twins.filter(({ data }) => data.duplicate !== true)).toHaveLength(1);
    const gone = await Promise.all(upTo(3).map(() => remove(ada, id)));
    expect(gone.map(({ data }) => data.seq)).toEqual([3, 3, 3]);
    expect((await send()).data).toMatchObject({ id, seq: 1, duplicate: true });
    await bob.request('whisper:conversations');
    expect([bob.seen('whisper:updated'), bob.seen('whisper:deleted')].map(({ length }) => length)).toEqual([
      1, 1,
    ]);
  });

  it('[WHISPER-19] many at once, sends among them, come to one order for both', async () => {
    const { ada, bob, id } = await whispered();
    await Promise.all(
      upTo(40).map((n) =>
        n % 3 === 0
          ? ada.request('whisper:send', undefined, { to: idOf(bob), content: `s${n}` })
          : update(ada, id, `u${n}`),
      ),
    );
    const [own, theirs] = [await replayed(ada), await replayed(bob)];
    expect(own).toEqual(theirs);
    const texts = own.flatMap(([, data]) =>
      'content' in (data as object) ? [(data as { content: string }).content] : [],
    );
    expect(texts).toEqual([
      'u40',
      ...upTo(40)
        .filter((n) => n % 3 === 0)
        .map((n) => `s${n}`),
      'u40',
    ]);
  });

  it('[WHISPER-20] replayed events, history and conversations tell the state of now', async () => {
    const { ada, bob, id, parties } = await whispered();
    await update(ada, id, 'second');
    await update(ada, id, 'third');
    const editedAt = expect.any(Number) as number;
    const third = { id, ...parties, content: 'third', editedAt };
    for (const client of [ada, bob]) {
      expect(await replayed(client)).toEqual([
        ['whisper:created', { ...third, clientMessageId: 'k' }],
        ['whisper:updated', { id }],
        ['whisper:updated', third],
      ]);
    }
    await remove(ada, id);
    const gone = { id, ...parties, deleted: true };
    for (const [client, other] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      expect(await replayed(client)).toEqual([
        ['whisper:created', gone],
        ['whisper:updated', { id }],
        ['whisper:updated', { id }],
        ['whisper:deleted', { id, ...parties }],
      ]);
      const history = await client.request('whisper:history', undefined, { with: idOf(other) });
      expect(history.data['events']).toMatchObject([{ seq: 1, data: gone }]);
      const list = await client.request('whisper:conversations');
      expect(list.data['items']).toMatchObject([{ with: idOf(other), last: { data: gone } }]);
    }
  });

  it('[WHISPER-21] somebody who blocks the author is sent no update, and every deletion', async () => {
    const { ada, bob, id } = await whispered();
    await bob.request('user:block', undefined, { user: idOf(ada) });
    expect((await update(ada, id, 'x')).data.code).toBe('not_found');
    expect((await remove(ada, id)).data).toEqual({ id, seq: 2 });
    expect((await bob.next('whisper:deleted')).data.id).toBe(id);
  });

  it('[WHISPER-22] counts stay, and what was deleted can be read', async () => {
    const { ada, bob, id } = await whispered();
    await update(ada, id, 'x');
    await remove(ada, id);
    const list = await bob.request('whisper:conversations');
    expect(list.data['items']).toMatchObject([{ unread: 1 }]);
    const read = await bob.request('whisper:read', undefined, { with: idOf(ada), id });
    expect(read.data).toEqual({ unread: 0, total: 0 });
    expect((await ada.next('whisper:read')).data.id).toBe(id);
  });

  it('[WHISPER-9] a note to oneself has one event', async () => {
    const ada = await guest(fresh('ada'));
    const adaToo = await again(ada);
    const { id } = (await ada.request('whisper:send', undefined, { to: idOf(ada), content: 'milk' })).data;
    expect((await update(ada, id, 'tea')).data).toEqual({ id, seq: 2 });
    expect((await adaToo.next('whisper:updated')).data.content).toBe('tea');
    expect((await remove(ada, id)).data).toEqual({ id, seq: 3 });
  });
});
