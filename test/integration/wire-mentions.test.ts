/** Mentions over real sockets, threads and PostgreSQL: three shards, so that most of them cross the mesh. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelUnread } from '../../src/protocol/unread.ts';
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
const refOf = ({ user }: WireClient) => ({ id: user.id, name: user.name });
const channelsOf = ({ data }: Frame) => data.channels as unknown as readonly ChannelUnread[];

let count = 0;
const fresh = (name: string): string => `${name}-${(count += 1)}`;

/** Ada in a channel, and Bob who isn't, with two connections. */
async function pair() {
  const channelId = fresh('mentions');
  const [ada, bob] = [await guest(fresh('ada')), await guest(fresh('bob'))];
  await ada.join(channelId);
  return { channelId, ada, bob, bobToo: await again(bob) };
}

describe('mentions', () => {
  it('[MENTION-7] [WHISPER-14] of somebody blocked reach nobody, until the block ends', async () => {
    const { channelId, ada, bob } = await pair();
    const author = { user: { id: ada.user.id } };
    expect((await bob.request('user:block', undefined, author)).type).toBe('ack');
    const said = await ada.request('message:send', channelId, { content: `@${bob.user.name}` });
    expect((await ada.event(channelId, 1)).data).toMatchObject({ id: said.data.id, mentions: [refOf(bob)] });
    expect((await bob.request('user:unblock', undefined, author)).type).toBe('ack');
    const next = await ada.request('message:send', channelId, { content: `@${bob.user.name}!` });
    expect((await bob.next('mention:created')).data).toMatchObject({ id: next.data.id });
    expect(bob.seen('mention:created')).toHaveLength(1);
  });

  it('[MENTION-3] [MENTION-5] reach all devices of somebody who is not in the channel, whatever shards are theirs', async () => {
    for (const n of upTo(5)) {
      const { channelId, ada, bob, bobToo } = await pair();
      const content = `hi @${bob.user.name.toUpperCase()}, number ${n}`;
      const sent = await ada.request('message:send', channelId, { content });
      expect((await ada.event(channelId, 1)).data).toMatchObject({ content, mentions: [refOf(bob)] });
      for (const client of [bob, bobToo]) {
        const mention = await client.next('mention:created');
        expect(mention).toMatchObject({ seq: 1, timestamp: expect.any(Number) });
        expect(mention.data).toEqual({ id: sent.data.id, channelId, author: refOf(ada) });
      }
    }
  });

  it('[MENTION-3] [INBOX-2] are there weeks later, in the order of the inbox, by resume', async () => {
    const { channelId, ada, bob, bobToo } = await pair();
    const { epoch } = await bob.inbox();
    await Promise.all([bob.close(), bobToo.close()]);
    for (const n of upTo(3)) {
      await ada.say(channelId, `@${bob.user.name} ${n}`);
      await ada.request('whisper:send', undefined, { to: { id: bob.user.id }, content: `psst ${n}` });
    }
    const later = await again(bob, { recover: { epoch, seq: 0 } });
    const { data } = await later.next('inbox:resumed');
    expect(data).toMatchObject({ recovered: true, seq: 6, unread: 3 });
    const kinds = ['mention:created', 'whisper:created'];
    expect(data.events.map(({ type }) => type)).toEqual([...kinds, ...kinds, ...kinds]);
    const conversations = await later.request('whisper:conversations');
    expect(conversations.data.items).toHaveLength(1);
  });

  it('[MENTION-3] of a message that is sent again are the same', async () => {
    const { channelId, ada, bob, bobToo } = await pair();
    const message = { content: `hi @${bob.user.name}`, clientMessageId: 'same' };
    const adaToo = await again(ada);
    await adaToo.join(channelId);
    const answers = await Promise.all([
      ada.request('message:send', channelId, message),
      adaToo.request('message:send', channelId, message),
    ]);
    const retry = await ada.request('message:send', channelId, message);
    expect(new Set([...answers, retry].map(({ data }) => data.id)).size).toBe(1);
    await ada.say(channelId, `@${bob.user.name} last`);
    await bobToo.next((frame) => frame.type === 'mention:created' && frame.seq === 2);
    expect(bobToo.seen('mention:created').map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('[MENTION-4] keep the order of what one writes, and leave unknown names as text', async () => {
    const { channelId, ada, bob } = await pair();
    const texts = upTo(20).map((n) =>
      n % 2 === 0 ? `plain ${n}` : `@${fresh('nobody')} @${bob.user.name} ${n}`,
    );
    const seqs = await Promise.all(texts.map((content) => ada.say(channelId, content)));
    expect(seqs).toEqual(upTo(20));
    const { events } = (await ada.request('history:get', channelId)).data;
    expect(events.map(({ data }) => data.content)).toEqual(texts);
    expect(events[0]!.data).toMatchObject({ mentions: [refOf(bob)] });
    expect(events[1]!.data).not.toHaveProperty('mentions');
  });

  it('[MENTION-8] that an edit brings are told once, also when they are taken away and come again', async () => {
    const { channelId, ada, bob, bobToo } = await pair();
    const { id } = (await ada.request('message:send', channelId, { content: 'hi' })).data;
    const named = `hi @${bob.user.name}`;
    for (const content of [named, 'hi', named]) {
      expect(await ada.request('message:update', channelId, { id, content })).toMatchObject({ type: 'ack' });
    }
    expect((await bob.next('mention:created')).data).toMatchObject({ id, channelId });
    await ada.say(channelId, named);
    await bobToo.next((frame) => frame.type === 'mention:created' && frame.seq === 2);
    expect(bobToo.seen('mention:created').map(({ seq }) => seq)).toEqual([1, 2]);
    const { events } = (await ada.request('history:get', channelId)).data;
    expect(events[0]!.data).toMatchObject({ content: named, mentions: [refOf(bob)] });
    expect((await ada.event(channelId, 2)).data).toMatchObject({ mentions: [refOf(bob)] });
  });

  it('[READ-4] [READ-5] are counted until they are read or deleted, also where one never was', async () => {
    const { channelId, ada, bob } = await pair();
    await ada.say(channelId, 'before');
    const first = await ada.request('message:send', channelId, { content: `@${bob.user.name} one` });
    await ada.say(channelId, `@${bob.user.name} two`);
    const standing = { id: channelId, seq: 0, head: 3, unread: 3, mentions: 2 };
    expect(channelsOf(await (await again(bob)).next('unread'))).toEqual([standing]);
    const part = await bob.request('read:set', channelId, { seq: 2 });
    expect(part.data).toEqual({ seq: 2, head: 3, unread: 1, mentions: 1 });
    await ada.request('message:delete', channelId, { id: first.data.id });
    const { data } = await bob.request('read:set', channelId, { seq: 3 });
    expect(data).toMatchObject({ unread: 0, mentions: 0 });
  });

  it('[MENTION-2] [MENTION-6] @here is text of who is no moderator, and more than 20 people are refused', async () => {
    const { channelId, ada } = await pair();
    const crowd = await Promise.all(upTo(21).map(() => guest(fresh('crowd'))));
    const text = crowd.map(({ user }) => `@${user.name}`).join(' ');
    const refused = await ada.request('message:send', channelId, { content: text });
    expect(refused).toMatchObject({ type: 'error', data: { code: 'bad_request' } });
    await crowd[0]!.join(channelId);
    expect(await ada.say(channelId, '@here')).toBe(1);
    expect((await ada.event(channelId, 1)).data).not.toHaveProperty('here');
    await crowd[0]!.request('whisper:conversations');
    expect(crowd[0]!.seen('mention:created')).toEqual([]);
  });
});
