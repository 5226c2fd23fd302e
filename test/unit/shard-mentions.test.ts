import { describe, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, toldOfInbox } from '../support/inbox-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const eve = userOf('eve');
const people = [ada, bob, eve];
const AWAY = fail(failure('unavailable', 'away', 1_000));
/** Of two shards this one is Ada's and Bob's, the other Eve's. */
const ofAda = { shards: 2, index: 1 };
const HERE = ['a', 'b', 'c', 'd', 'e', 'f'].find((id) => shardOf(`channel:${id}`, 2) === 1)!;

/** Ada is in a channel of this shard, over connection 1. */
async function talking(setting: Parameters<typeof inboxShard>[0] = {}, channelId = 'room') {
  const running = inboxShard(setting, people);
  const { clock, gateway, come } = running;
  come(1, ada);
  gateway.request(1, 'channel:join', channelId);
  await clock.advance(20);
  const say = (content: string, clientMessageId?: string): void => {
    gateway.request(
      1,
      'message:send',
      channelId,
      clientMessageId === undefined ? { content } : { content, clientMessageId },
      content,
    );
  };
  return { ...running, say, channelId };
}

const mentionOf = (user: string, n: number, type = 'mention:created') => ({
  ...{ log: `inbox:${user}`, id: `m${n}:m:${user}`, type, sender: bob.id, timestamp: n, data: '{}' },
  clientMessageId: `room\x01im${n}`,
});

describe('mentions on their shard', () => {
  it('[MENTION-3] [MENTION-5] are in the inbox of the mentioned one, and on all their devices, though nobody of them is in the channel', async () => {
    const { clock, store, shard, gateway, come, say } = await talking();
    come(2, bob);
    come(3, bob);
    come(4, eve);
    await clock.advance(20);
    say('hi @bob');
    await clock.advance(50);
    expect(store.log('inbox:u-bob').events).toMatchObject([{ type: 'mention:created', seq: 1 }]);
    for (const connection of [2, 3])
      expect(toldOfInbox(gateway, connection)).toEqual(['state 0', 'event 1', 'unread']);
    expect(toldOfInbox(gateway, 4)).toEqual(['state 0']);
    expect(shard.gauges()).toMatchObject({ inboxesAwake: 0 });
  });

  it('[MENTION-5] cross shards with the event', async () => {
    const { clock, meet, say, channelId } = await talking(ofAda, HERE);
    const { heard } = meet(0);
    say('hi @eve');
    await clock.advance(50);
    expect(heard).toMatchObject([
      { kind: 'moved', to: eve.id, seq: 1, event: { type: 'mention:created', sender: ada.id } },
    ]);
    expect(heard[0]).toMatchObject({
      event: { data: expect.stringContaining(`"channelId":"${channelId}"`) },
    });
  });

  it('[MENTION-5] that come over the mesh are shown in the order of the log, once, to inboxes that sleep or are awake', async () => {
    for (const isAwake of [false, true]) {
      const { clock, store, gateway, come, ask, meet } = inboxShard(ofAda, people);
      const { tell } = meet(0);
      come(1, ada);
      await clock.advance(20);
      if (isAwake) ask(1, 'whisper:conversations', {});
      await clock.advance(20);
      const entries = [1, 2, 3, 4].map((n) => mentionOf(ada.id, n));
      store.commit(entries.map((entry) => ({ ...entry, log: `inbox:${ada.id}` })));
      const moved = (seq: number, isKnown = true): void => {
        const entry = entries[seq - 1]!;
        tell({ kind: 'moved', to: ada.id, seq, event: isKnown ? { ...entry, seq } : null });
      };
      moved(1);
      moved(3);
      moved(2, false);
      moved(1);
      moved(4);
      await clock.advance(500);
      const shown = toldOfInbox(gateway, 1).filter((what) => what.startsWith('event'));
      expect(shown).toEqual(['event 1', 'event 2', 'event 3', 'event 4']);
    }
  });

  it('[MENTION-5] reach who comes just then, once', async () => {
    const { clock, store, gateway, inboxes, come, meet } = inboxShard(ofAda, people);
    const { tell } = meet(0);
    const load = inboxes.load.bind(inboxes);
    inboxes.load = async (owners) => {
      const loaded = await load(owners);
      await new Promise<void>((resolve) => {
        clock.after(20, resolve);
      });
      return loaded;
    };
    come(1, ada);
    await clock.advance(5);
    const entry = { ...mentionOf(ada.id, 1), log: `inbox:${ada.id}` } as const;
    store.commit([entry]);
    tell({ kind: 'moved', to: ada.id, seq: 1, event: { ...entry, seq: 1 } });
    await clock.advance(500);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 1']);
  });

  it('[MENTION-5] that a shard was to tell of when it died are looked for, and found', async () => {
    const { clock, store, gateway, inboxes, come, ask, meet } = inboxShard(ofAda, people);
    come(1, ada);
    come(2, bob);
    await clock.advance(20);
    ask(2, 'whisper:conversations', {});
    await clock.advance(20);
    store.commit([{ ...mentionOf(ada.id, 1), log: `inbox:${ada.id}` }]);
    store.commit([{ ...mentionOf(bob.id, 1), log: `inbox:${bob.id}` }]);
    const heads = inboxes.heads.bind(inboxes);
    inboxes.heads = async () => AWAY;
    const { tell } = meet(0);
    tell({ kind: 'look' });
    await clock.advance(200);
    inboxes.heads = heads;
    await clock.advance(3_000);
    for (const connection of [1, 2]) expect(toldOfInbox(gateway, connection)).toContain('event 1');
  });

  it('[MENTION-3] a retry of a message mentions nobody again', async () => {
    const { clock, store, say } = await talking();
    say('hi @bob', 'c1');
    await clock.advance(50);
    say('hi @bob', 'c1');
    await clock.advance(50);
    expect(store.log('inbox:u-bob').events).toHaveLength(1);
    expect(store.log('channel:room').events).toHaveLength(1);
  });

  it('[MENTION-4] names are looked for once in five seconds, and refused as unavailable while the store is away', async () => {
    const { clock, gateway, inboxes, say } = await talking();
    const find = inboxes.findNames.bind(inboxes);
    const asked: (readonly string[])[] = [];
    inboxes.findNames = async (keys) => {
      asked.push(keys);
      return find(keys);
    };
    say('@bob @nobody');
    await clock.advance(20);
    say('@nobody @bob @eve');
    await clock.advance(20);
    expect(asked).toEqual([['bob', 'nobody'], ['eve']]);
    await clock.advance(5_000);
    inboxes.findNames = async () => AWAY;
    say('@bob');
    await clock.advance(20);
    expect(gateway.answers['@bob']).toBe('unavailable');
  });
});
