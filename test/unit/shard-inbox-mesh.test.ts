import { describe, expect, it } from 'vitest';
import type { MeshMessage } from '../../src/shard/mesh.ts';
import { whisperOf } from '../../src/inbox/whisper.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, toldOfInbox } from '../support/inbox-shard.ts';

/** Of two shards, Ada's inbox is on 1 and Eve's on 0. */
const ada = userOf('ada');
const eve = userOf('eve');
const people = [ada, eve];
const ref = ({ id, name }: typeof ada) => ({ id, name });

const asking = (id: string): MeshMessage => ({
  kind: 'ask',
  to: ada.id,
  ask: { kind: 'send', whisper: whisperOf({ id, from: ref(eve), to: ref(ada), content: id }, 1) },
});

describe('who may whisper only where they share a channel', () => {
  /** Ada's shard; she takes whispers of people in her channels, and Eve's shard asks for her. */
  async function selective() {
    const running = inboxShard({ shards: 2, index: 1 }, people);
    await running.inboxes.setPolicy(ada.id, 'shared');
    const other = running.meet(0);
    other.tell(asking('w1'));
    other.tell(asking('w2'));
    await running.clock.advance(20);
    const answers = () =>
      other.heard.flatMap((message) => {
        if (message.kind !== 'answer') return [];
        const { id, outcome } = message.answer;
        return [[id, 'code' in outcome ? outcome.code : outcome.seq]];
      });
    return { ...running, ...other, answers };
  }

  it('[WHISPER-15] [WHISPER-4] all shards are asked, once for those that wait; then they are placed in order', async () => {
    const { clock, heard, tell, answers } = await selective();
    expect(heard).toEqual([{ kind: 'shared-channels?', from: 1, question: 1, users: [eve.id, ada.id] }]);
    tell({ kind: 'shared-channels', question: 1, isSharing: true });
    await clock.advance(20);
    expect(answers()).toEqual([
      ['w1', 1],
      ['w2', 2],
    ]);
    // An answer that nobody waits for any more.
    tell({ kind: 'shared-channels', question: 1, isSharing: false });
    await clock.advance(20);
    expect(answers()).toHaveLength(2);
  });

  it('[WHISPER-15] [WHISPER-7] who shares none is not_found', async () => {
    const { clock, tell, answers } = await selective();
    tell({ kind: 'shared-channels', question: 1, isSharing: false });
    await clock.advance(20);
    expect(answers()).toEqual([
      ['w1', 'not_found'],
      ['w2', 'not_found'],
    ]);
  });

  it('[WHISPER-15] [REQ-1] a shard that does not answer makes it unavailable after 2 s, and leaves nothing behind', async () => {
    const { clock, shard, answers } = await selective();
    await clock.advance(1_900);
    expect(answers()).toEqual([]);
    await clock.advance(200);
    expect(answers()).toEqual([
      ['w1', 'unavailable'],
      ['w2', 'unavailable'],
    ]);
    await clock.advance(70_000);
    expect(shard.gauges()).toMatchObject({ inboxes: 0, inboxesAwake: 0 });
  });

  it('[WHISPER-15] a shard tells others whether two people are in one of its channels now', async () => {
    const { clock, gateway, meet } = inboxShard({ shards: 2, index: 1 }, people);
    const room = ['a', 'b', 'c', 'd', 'e'].find((id) => shardOf(`channel:${id}`, 2) === 1)!;
    const { heard, tell } = meet(0);
    const question = async (number: number) => {
      tell({ kind: 'shared-channels?', from: 0, question: number, users: [ada.id, eve.id] });
      await clock.advance(20);
      return heard.at(-1);
    };
    gateway.attach(1, ada);
    gateway.attach(2, eve);
    gateway.request(1, 'channel:join', room);
    expect(await question(7)).toEqual({ kind: 'shared-channels', question: 7, isSharing: false });
    gateway.request(2, 'channel:join', room);
    await clock.advance(20);
    expect(await question(8)).toEqual({ kind: 'shared-channels', question: 8, isSharing: true });
  });
});

describe('an inbox that is looked for on the wrong shard', () => {
  it('[SHARD-1] [INBOX-1] is come to over the mesh, when there is a way, and again when that shard was replaced', async () => {
    const { clock, come, go, meet } = inboxShard({ shards: 2, index: 0 }, people);
    come(1, ada);
    await clock.advance(10);
    const first = meet(1);
    const second = meet(1);
    await clock.advance(10);
    const passedOn = { kind: 'attach-inbox', connection: 1, user: ada };
    expect(first.heard).toEqual([]);
    expect(second.heard).toEqual([passedOn]);
    go(1);
    await clock.advance(10);
    expect(second.heard).toEqual([passedOn, { kind: 'detach', connection: 1 }]);
  });

  it('[SHARD-1] [INBOX-1] tells who came so, and is gone with them', async () => {
    const { clock, shard, gateway, meet } = inboxShard({ shards: 2, index: 1 }, people);
    const { tell } = meet(0);
    tell({ kind: 'attach-inbox', connection: 5, user: ada });
    await clock.advance(20);
    expect(toldOfInbox(gateway, 5)).toEqual(['state 0']);
    tell({ kind: 'detach', connection: 5 });
    await clock.advance(20);
    expect(shard.gauges()).toMatchObject({ inboxes: 0, connections: 0 });
  });
});

describe('a whisper to another shard', () => {
  it('[WHISPER-10] is asked for again when that shard was replaced, and unavailable after 10 s', async () => {
    const { clock, gateway, come, ask, meet } = inboxShard({ shards: 2, index: 1 }, people);
    come(1, ada);
    const dead = meet(0);
    ask(1, 'whisper:send', { to: { id: eve.id }, content: 'hi' }, 's');
    await clock.advance(20);
    const heir = meet(0);
    await clock.advance(20);
    expect(dead.heard).toHaveLength(1);
    expect(heir.heard).toEqual(dead.heard);
    await clock.advance(9_900);
    expect(gateway.answers).toEqual({});
    await clock.advance(200);
    expect(gateway.answers).toEqual({ s: 'unavailable' });
  });

  it('[WHISPER-10] what landed of it unheard is found when that shard was replaced, asleep or not', async () => {
    const { clock, shard, store, gateway, come, ask, meet } = inboxShard({ shards: 2, index: 1 }, people);
    come(1, ada);
    const dead = meet(0);
    ask(1, 'whisper:send', { to: { id: eve.id }, content: 'hi' }, 's');
    await clock.advance(75_000);
    expect(gateway.answers).toEqual({ s: 'unavailable' });
    expect(shard.gauges()).toMatchObject({ inboxes: 1, inboxesAwake: 0 });
    const [asked] = dead.heard;
    if (asked?.kind !== 'ask' || asked.ask.kind !== 'send') throw new Error('nothing was asked');
    const { id } = asked.ask.whisper;
    const data = JSON.stringify({ id, from: ref(ada), to: ref(eve), content: 'hi' });
    const common = { type: 'whisper:created', sender: ada.id, timestamp: 1, data };
    store.commit([
      { log: `inbox:${eve.id}`, id, ...common },
      { log: `inbox:${ada.id}`, id: `${id}:sent`, ...common },
    ]);
    meet(0);
    await clock.advance(50);
    expect(toldOfInbox(gateway, 1)).toContain('event 1');
  });
});
