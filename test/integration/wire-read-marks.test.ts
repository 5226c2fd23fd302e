/** Read marks and unread counts over real sockets, threads and PostgreSQL. */
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

const guest = () => WireClient.guest(server.url);
/** Another connection of the same user. */
const again = ({ guestToken }: WireClient) => WireClient.guest(server.url, undefined, { guestToken });
const codeOf = ({ type, data }: Frame) => [type, data.code];
const channelsOf = ({ data }: Frame) => data.channels as unknown as readonly ChannelUnread[];

let rooms = 0;
/** A channel that nobody wrote in, of one shard or another. */
const fresh = (): string => `marks-${(rooms += 1)}`;

/** Ada and Bob in a channel with as many messages of Bob's. */
async function room(messages: number) {
  const channelId = fresh();
  const [ada, bob] = [await guest(), await guest()];
  await Promise.all([ada.join(channelId), bob.join(channelId)]);
  for (const n of upTo(messages)) await bob.say(channelId, `message ${n}`);
  return { channelId, ada, bob };
}

describe('read marks', () => {
  it('[READ-1] reach every other connection of the user, whatever shard it is on, and are there after a reconnect', async () => {
    for (const messages of [3, 3, 3, 3]) {
      const { channelId, ada } = await room(messages);
      const adaToo = await again(ada);
      const answer = await ada.request('read:set', channelId, { seq: 2 });
      const counts = { seq: 2, head: 3, unread: 1, mentions: 0 };
      expect(answer).toMatchObject({ type: 'ack', channelId });
      expect(answer.data).toEqual(counts);
      const told = await adaToo.next('read:updated');
      expect(told).toMatchObject({ channelId, data: counts });
      expect(told).not.toHaveProperty('seq');
      const later = await again(ada);
      expect(channelsOf(await later.next('unread'))).toEqual([{ id: channelId, ...counts }]);
    }
  });

  it('[READ-1] never go back, and need no join', async () => {
    const { channelId, ada } = await room(3);
    const outside = await guest();
    for (const client of [ada, outside]) {
      await client.request('read:set', channelId, { seq: 3 });
      const back = await client.request('read:set', channelId, { seq: 1 });
      expect(back.data).toMatchObject({ seq: 3, unread: 0 });
    }
  });

  it('[READ-2] count messages of others that stand; edits, deletions and own ones count for nothing', async () => {
    const { channelId, ada, bob } = await room(2);
    await ada.request('read:set', channelId, { seq: 0 });
    await ada.say(channelId, 'mine');
    const sent = await bob.request('message:send', channelId, { content: 'theirs' });
    await bob.request('message:update', channelId, { id: sent.data.id, content: 'edited' });
    const gone = await bob.request('message:send', channelId, { content: 'gone' });
    await bob.request('message:delete', channelId, { id: gone.data.id });
    const { data } = await ada.request('unread:get');
    expect(data.channels).toEqual([{ id: channelId, seq: 0, head: 7, unread: 3, mentions: 0 }]);
  });

  it('[READ-8] counts move on a connection that is not in the channel, whatever shards are theirs', async () => {
    for (const messages of [1, 1, 1]) {
      const { channelId, ada, bob } = await room(messages);
      await ada.request('read:set', channelId, { seq: 1 });
      const outside = await again(ada);
      await outside.next('unread');
      const reaches = (unread: number) =>
        outside.next(
          (frame) => frame.type === 'unread' && channelsOf(frame).some((one) => one.unread === unread),
          `unread ${unread} of ${channelId}`,
        );
      await bob.say(channelId, 'one');
      expect(channelsOf(await reaches(1))).toEqual([
        { id: channelId, seq: 1, head: 2, unread: 1, mentions: 0 },
      ]);
      await Promise.all([bob.say(channelId, 'two'), bob.say(channelId, `three @${ada.user.name}`)]);
      await reaches(3);
      await outside.next('mention:created');
      await ada.request('read:set', channelId, { seq: 4 });
      await bob.say(channelId, 'four');
      expect(channelsOf(await reaches(1)).at(-1)).toMatchObject({ seq: 4, mentions: 0 });
      expect(ada.seen('unread')).toEqual([]);
    }
  });

  it('[READ-6] are asked about by name, and what is not there is left out', async () => {
    const { channelId, ada } = await room(2);
    const named = await ada.request('unread:get', undefined, { channels: [channelId, fresh()] });
    expect(named).toMatchObject({ type: 'unread' });
    expect(channelsOf(named)).toEqual([{ id: channelId, seq: 0, head: 2, unread: 2, mentions: 0 }]);
    expect(channelsOf(await ada.request('unread:get'))).toEqual([]);
  });

  it('[READ-7] refuse what is not there', async () => {
    const { channelId, ada } = await room(1);
    expect(codeOf(await ada.request('read:set', channelId, { seq: 2 }))).toEqual(['error', 'bad_request']);
    expect(codeOf(await ada.request('read:set', channelId, {}))).toEqual(['error', 'bad_request']);
    expect(codeOf(await ada.request('read:set', fresh(), { seq: 0 }))).toEqual(['error', 'not_found']);
    expect(codeOf(await ada.request('read:set', undefined, { seq: 0 }))).toEqual(['error', 'bad_request']);
    const many = { channels: Array.from({ length: 101 }, () => 'c') };
    expect(codeOf(await ada.request('unread:get', undefined, many))).toEqual(['error', 'bad_request']);
  });
});
