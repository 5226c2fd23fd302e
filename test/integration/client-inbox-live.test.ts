/** The client's inbox and the real server: two people, two devices, connections that break. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import type { InboxNews } from '../../src/client/inbox-news.ts';
import { memoryGuestTokenStore } from '../../src/client/guest-token-store.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
const clients: ChatClient[] = [];
beforeAll(async () => {
  server = await startWireServer();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await server.end();
});

/** A person with some devices, each with what it was told. */
async function person(name: string, devices = 1) {
  const guestTokenStore = memoryGuestTokenStore();
  const chats: ChatClient[] = [];
  for (let i = 0; i < devices; i += 1) {
    const chat = new ChatClient({ url: server.url, name, guestTokenStore });
    await chat.connect();
    chats.push(chat);
  }
  clients.push(...chats);
  return chats;
}

/** Resolves with the first payload of `name` from now on that `fits`. */
function told<K extends keyof InboxNews>(
  { inbox }: ChatClient,
  name: K,
  fits: (payload: InboxNews[K]) => boolean = () => true,
): Promise<InboxNews[K]> {
  return new Promise((resolve) => {
    const stop = inbox.on(name, (payload) => {
      if (!fits(payload)) return;
      stop();
      resolve(payload);
    });
  });
}

describe('the inbox of the client', () => {
  it('[SDK-43] [SDK-45] [SDK-47] [SDK-48] [SDK-51] every device of both is told alike, counts and receipts follow', async () => {
    const [ada, adaToo] = (await person('ada', 2)) as [ChatClient, ChatClient];
    const [bob, bobToo] = (await person('bob', 2)) as [ChatClient, ChatClient];
    const events = [ada, adaToo, bob, bobToo].map((chat) => {
      const seen: InboxNews['event'][] = [];
      chat.inbox.on('event', (event) => seen.push(event));
      return seen;
    });
    const [adaId, bobId] = [ada.user!.id, bob.user!.id];
    const delivered = told(ada, 'receipts', (one) => one.delivered === 3);
    const ends = [ada, adaToo, bob, bobToo].map((chat) => told(chat, 'event', ({ seq }) => seq === 3));
    await Promise.all(['one', 'two', 'three'].map((text) => ada.inbox.send({ name: bob.user!.name }, text)));
    await Promise.all(ends);
    expect(await delivered).toMatchObject({ with: bobId, read: 0 });
    for (const seen of events) {
      expect(seen.map(({ seq, data }) => [seq, (data as { content: string }).content])).toEqual([
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
      ]);
    }
    expect(bobToo.inbox.unread).toEqual({ total: 3, of: new Map([[adaId, 3]]) });
    const read = [
      told(ada, 'receipts', (one) => one.read === 2),
      told(adaToo, 'receipts', (one) => one.read === 2),
    ];
    const counted = [told(bob, 'unread'), told(bobToo, 'unread')];
    const second = events[2]![1]!;
    if (second.type === 'whisper:created') bob.inbox.read(second);
    for (const unread of await Promise.all(counted)) expect(unread.total).toBe(1);
    expect((await Promise.all(read)).map(({ with: who }) => who)).toEqual([bobId, bobId]);
    expect((await bob.inbox.conversations()).items).toMatchObject([{ with: { id: adaId }, unread: 1 }]);
    expect(await ada.inbox.history({ with: { id: bobId } })).toMatchObject({
      hasMore: false,
      delivered: 3,
      read: 2,
    });
  });

  it('[SDK-44] a client whose connection breaks goes on from where it was', async () => {
    const sockets: WebSocket[] = [];
    const hellos: unknown[] = [];
    class OwnSocket extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
      override send(text: string): void {
        const { type, data } = JSON.parse(text) as { type: string; data: { recover?: unknown } };
        if (type === 'hello') hellos.push(data.recover);
        super.send(text);
      }
    }
    const [ada] = (await person('ada')) as [ChatClient];
    const bob = new ChatClient({ url: server.url, webSocket: OwnSocket, random: () => 0 });
    clients.push(bob);
    await bob.connect();
    const seen: number[] = [];
    bob.inbox.on('event', ({ seq }) => seen.push(seq));
    for (let round = 1; round <= 3; round += 1) {
      const first = told(bob, 'event');
      await ada.inbox.send(bob.user!, 'before the break');
      await first;
      const last = told(bob, 'event', ({ seq }) => seq === round * 4);
      sockets.at(-1)!.close();
      await Promise.all(['a', 'b', 'c'].map((text) => ada.inbox.send(bob.user!, text)));
      await last;
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(bob.inbox.unread.total).toBe(12);
    const { epoch } = bob.inbox.resumePoint!;
    expect(hellos).toEqual([undefined, ...Array<unknown>(3).fill({ epoch, seq: expect.any(Number) })]);
  });

  it('[SDK-45] changes and deletions reach every device as events', async () => {
    const [ada] = (await person('ada')) as [ChatClient];
    const [bob] = (await person('bob')) as [ChatClient];
    const types: string[][] = [[], []];
    [ada, bob].forEach((chat, i) => chat.inbox.on('event', ({ type }) => types[i]!.push(type)));
    const ends = [ada, bob].map((chat) => told(chat, 'event', ({ type }) => type === 'whisper:deleted'));
    const { id } = await ada.inbox.send(bob.user!, 'helo');
    await ada.inbox.update(id, 'hello');
    await ada.inbox.delete(id);
    await Promise.all(ends);
    for (const seen of types) expect(seen).toEqual(['whisper:created', 'whisper:updated', 'whisper:deleted']);
  });

  it('[SDK-53] [SDK-46] who is blocked can not be told apart from nobody', async () => {
    const [ada] = (await person('ada')) as [ChatClient];
    const [bob, bobToo] = (await person('bob', 2)) as [ChatClient, ChatClient];
    await bobToo.inbox.blocks();
    const blocked = told(bobToo, 'blocked', (ids) => ids.has(ada.user!.id));
    await bob.inbox.block({ name: ada.user!.name });
    await blocked;
    await expect(ada.inbox.send(bob.user!, 'psst')).rejects.toMatchObject({ code: 'not_found' });
    await bob.inbox.unblock(ada.user!);
    expect(await bob.inbox.policy('anyone')).toBe('anyone');
    expect(await ada.inbox.send(bob.user!, 'psst')).toMatchObject({ seq: 1, delivered: true });
  });
});
