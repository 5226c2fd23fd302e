import { describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, type SentFrame } from '../support/inbox-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const eve = userOf('eve');
const people = [ada, bob, eve];
const AWAY = fail(failure('unavailable', 'away', 1_000));
/** Of two shards this one is Ada's and Bob's, the other Eve's. */
const ofAda = { shards: 2, index: 1 };
const channelOf = (shard: number) =>
  ['a', 'b', 'c', 'd', 'e', 'f'].find((id) => shardOf(`channel:${id}`, 2) === shard)!;
const [THERE, HERE] = [channelOf(0), channelOf(1)];

type Counts = readonly [channelId: string, head: number, unread: number, mentions: number];

function entryOf(channelId: string, n: number, sender = bob.id) {
  const id = `${channelId}-${n}`;
  const data = JSON.stringify({ id, content: 'hi', author: { id: sender, name: 'x' } });
  return { log: `channel:${channelId}`, id, type: 'message:created', sender, timestamp: n, data } as const;
}

/** Ada follows `room`, of whose messages she has read one of three, over connection 1; Bob writes there over 2. */
async function following(setting: Parameters<typeof inboxShard>[0] = {}, channelId = 'room') {
  const running = inboxShard(setting, people);
  const { clock, gateway, store, reads, come } = running;
  for (const n of [1, 2, 3]) store.commit([entryOf(channelId, n)]);
  await reads.mark([{ user: ada.id, channelId, seq: 1, at: 1 }]);
  come(1, ada);
  come(2, bob);
  await clock.advance(20);
  const join = (connection: number): void => {
    gateway.request(connection, 'channel:join', channelId);
  };
  const say = (connection: number, content = 'hi'): void => {
    gateway.request(connection, 'message:send', channelId, { content }, content);
  };
  /** What a connection was told of channels that it follows, frame by frame. */
  const told = (connection: number): readonly (readonly Counts[])[] =>
    gateway.heard.flatMap(([kind, id, frame]) => {
      const { type, data } = (kind === 'send' && id === connection ? frame : { type: '' }) as SentFrame;
      if (type !== 'unread') return [];
      const channels = data['channels'] as { id: string; head: number; unread: number; mentions: number }[];
      return [channels.map((one): Counts => [one.id, one.head, one.unread, one.mentions])];
    });
  return { ...running, channelId, join, say, told };
}

describe('channels that users follow without being in them', () => {
  it('[SHADOW-4] are not counted on by what a shadow ban hides', async () => {
    const { clock, come, join, say, told, gateway } = await following();
    come(4, userOf('mod', { roles: ['user', 'moderator'] }));
    join(2);
    await clock.advance(20);
    const user = { id: bob.id };
    gateway.request(4, 'user:shadowban', 'room', { user });
    await clock.advance(20);
    say(2, 'hidden');
    await clock.advance(2_000);
    expect(told(1)).toEqual([[['room', 3, 2, 0]]]);
    gateway.request(4, 'user:unshadowban', 'room', { user });
    await clock.advance(20);
    say(2, 'seen');
    await clock.advance(2_000);
    expect(told(1).at(-1)).toEqual([['room', 7, 3, 0]]);
  });

  it('[READ-8] are counted on as others write, on connections that are not in the channel', async () => {
    const { clock, come, join, say, told } = await following();
    come(3, ada);
    join(2);
    join(3);
    await clock.advance(20);
    say(2);
    await clock.advance(50);
    expect(told(1)).toEqual([[['room', 3, 2, 0]], [['room', 4, 3, 0]]]);
    expect(told(3)).toHaveLength(1);
    expect(told(2)).toEqual([]);
    say(3, 'own');
    await clock.advance(2_000);
    expect(told(1)).toHaveLength(2);
    say(2, 'again');
    await clock.advance(2_000);
    expect(told(1).at(-1)).toEqual([['room', 6, 4, 0]]);
  });

  it('[READ-8] are told of once a second, however much is written', async () => {
    const { clock, join, say, told } = await following();
    join(2);
    await clock.advance(20);
    for (let n = 0; n < 40; n += 1) {
      say(2, `m${n}`);
      await clock.advance(50);
    }
    await clock.advance(1_000);
    expect(told(1).length).toBeLessThanOrEqual(5);
    expect(told(1).at(-1)).toEqual([['room', 43, 42, 0]]);
  });

  it('[READ-8] [SHADOW-4] what a shadow ban hides is not counted', async () => {
    const { clock, gateway, come, join, say, told } = await following();
    come(5, userOf('mod', { roles: ['moderator'] }));
    join(2);
    join(5);
    await clock.advance(20);
    gateway.request(5, 'user:shadowban', 'room', { user: { id: bob.id } }, 'hide');
    await clock.advance(20);
    expect(gateway.answers['hide']).toBe('ack');
    const before = told(1).length;
    say(2, 'hidden');
    await clock.advance(1_500);
    expect(told(1)).toHaveLength(before);
    say(5, 'seen');
    await clock.advance(1_500);
    expect(told(1).at(-1)).toEqual([['room', 6, 3, 0]]);
  });

  it('[READ-8] begin with the first mark, go on behind a leave, and follow each mark', async () => {
    const { clock, gateway, come, join, say, told } = await following({}, 'other');
    come(4, eve);
    join(2);
    join(4);
    await clock.advance(20);
    gateway.request(4, 'read:set', 'other', { seq: 3 });
    await clock.advance(20);
    say(2, 'one');
    await clock.advance(1_500);
    expect(told(4)).toEqual([]);
    gateway.request(4, 'channel:leave', 'other');
    await clock.advance(20);
    say(2, 'two');
    await clock.advance(1_500);
    expect(told(4)).toEqual([[['other', 5, 2, 0]]]);
    gateway.request(4, 'read:set', 'other', { seq: 4 });
    await clock.advance(20);
    say(2, 'three');
    await clock.advance(1_500);
    expect(told(4).at(-1)).toEqual([['other', 6, 2, 0]]);
  });

  it('[READ-8] a mention makes a channel one that is followed, and counts at once', async () => {
    const { clock, come, join, say, told } = await following();
    come(4, eve);
    join(2);
    await clock.advance(20);
    say(2, 'hi @eve @ada');
    await clock.advance(100);
    expect(told(4)).toEqual([[['room', 4, 4, 1]]]);
    expect(told(1).at(-1)).toEqual([['room', 4, 3, 1]]);
    say(2, 'more');
    await clock.advance(1_500);
    expect(told(4).at(-1)).toEqual([['room', 5, 5, 1]]);
    expect(told(1).at(-1)).toEqual([['room', 5, 4, 1]]);
  });

  it('[READ-8] an invitation makes a channel one that is followed, for whoever is connected', async () => {
    const { clock, gateway, come, join, say, told } = await following();
    const staff = userOf('mod', { roles: ['moderator'] });
    come(4, eve);
    come(5, staff);
    join(2);
    join(5);
    await clock.advance(20);
    gateway.request(5, 'channel:invite', 'room', { user: { id: eve.id } });
    await clock.advance(100);
    expect(told(4)).toEqual([[['room', 4, 3, 0]]]);
    say(2);
    await clock.advance(1_500);
    expect(told(4).at(-1)).toEqual([['room', 5, 4, 0]]);
  });

  it('[READ-9] nobody is told of what they may no longer read, until they may again', async () => {
    const { clock, gateway, come, join, say, told } = await following();
    const staff = userOf('mod', { roles: ['moderator'] });
    come(5, staff);
    join(2);
    join(5);
    await clock.advance(20);
    const user = { id: ada.id };
    gateway.request(5, 'user:ban', 'room', { user });
    await clock.advance(100);
    const before = told(1).length;
    say(2, 'hidden');
    await clock.advance(1_500);
    expect(told(1)).toHaveLength(before);
    gateway.request(5, 'user:unban', 'room', { user });
    await clock.advance(1_500);
    expect(told(1).at(-1)).toMatchObject([['room', 6, 3, 0]]);
    gateway.request(5, 'channel:update', 'room', { private: true });
    await clock.advance(1_500);
    say(2, 'members only');
    await clock.advance(1_500);
    expect(told(1)).toHaveLength(before + 1);
  });

  it('[READ-10] a channel of another shard is followed there once, and let go of when nobody is left', async () => {
    const { clock, go, come, meet, channelId, reads } = await following(ofAda, THERE);
    const { heard } = meet(0);
    await reads.mark([{ user: bob.id, channelId, seq: 2, at: 1 }]);
    go(2);
    come(2, bob);
    await clock.advance(20);
    expect(heard).toEqual([{ kind: 'follow', from: 1, channelId }]);
    go(1);
    await clock.advance(6_000);
    expect(heard).toHaveLength(1);
    go(2);
    await clock.advance(6_000);
    expect(heard.slice(1)).toEqual([{ kind: 'unfollow', from: 1, channelId }]);
  });

  it('[READ-10] what was missed is counted anew, as soon as the store can', async () => {
    const { clock, store, reads, meet, told, channelId } = await following(ofAda, THERE);
    const { tell } = meet(0);
    await clock.advance(50);
    const count = () => told(1).at(-1);
    store.commit([entryOf(channelId, 4)]);
    tell({ kind: 'followed', channelId, head: 4, listeners: [] });
    await clock.advance(20);
    expect(count()).toEqual([[channelId, 4, 3, 0]]);
    for (const n of [5, 6, 7]) store.commit([entryOf(channelId, n)]);
    const news = (from: number, seq: number) => ({
      ...{ channelId, from, head: seq, seqs: [seq], senders: [bob.id], concerned: [] },
    });
    const read = reads.unread.bind(reads);
    reads.unread = async () => AWAY;
    tell({ kind: 'channels-moved', channels: [news(5, 6)] });
    await clock.advance(200);
    reads.unread = read;
    await clock.advance(2_000);
    expect(count()).toEqual([[channelId, 7, 6, 0]]);
    // What is told late is known.
    const before = told(1).length;
    tell({ kind: 'channels-moved', channels: [news(6, 7)] });
    tell({ kind: 'channels-moved', channels: [{ ...news(5, 8), seqs: [6, 8], senders: [bob.id, bob.id] }] });
    await clock.advance(20);
    expect(told(1).slice(before)).toEqual([[[channelId, 8, 7, 0]]]);
  });

  it('[READ-10] a shard that was replaced is asked again, and everything of it counted anew', async () => {
    const { clock, store, meet, told, channelId } = await following(ofAda, THERE);
    meet(0).tell({ kind: 'listens', channelId, connection: 1, isListening: true });
    await clock.advance(20);
    store.commit([entryOf(channelId, 4)]);
    const { heard } = meet(0);
    await clock.advance(20);
    expect(heard).toEqual([{ kind: 'follow', from: 1, channelId }]);
    expect(told(1).at(-1)).toEqual([[channelId, 4, 3, 0]]);
  });

  it('[READ-10] another shard is told who of its users is in the channel, and what is written, until it lets go', async () => {
    const { clock, gateway, go, come, join, say, meet, channelId } = await following(ofAda, HERE);
    const { heard, tell } = meet(0);
    gateway.attach(7, eve);
    join(2);
    join(7);
    await clock.advance(20);
    tell({ kind: 'follow', from: 0, channelId });
    await clock.advance(20);
    expect(heard.splice(0)).toEqual([{ kind: 'followed', channelId, head: 3, listeners: [7] }]);
    say(2);
    gateway.request(7, 'channel:leave', channelId);
    await clock.advance(20);
    join(7);
    await clock.advance(20);
    go(7);
    go(2);
    await clock.advance(1_500);
    const listens = (isListening: boolean) => ({ kind: 'listens', channelId, connection: 7, isListening });
    expect(heard.filter(({ kind }) => kind === 'listens')).toEqual([
      listens(false),
      listens(true),
      listens(false),
    ]);
    const news = { channelId, from: 3, head: 4, seqs: [4], senders: [bob.id], concerned: [] };
    expect(heard.filter(({ kind }) => kind === 'channels-moved')).toEqual([
      { kind: 'channels-moved', channels: [news] },
    ]);
    heard.length = 0;
    tell({ kind: 'unfollow', from: 0, channelId });
    come(2, bob);
    join(2);
    await clock.advance(20);
    say(2, 'more');
    await clock.advance(1_500);
    expect(heard).toEqual([]);
  });
});
