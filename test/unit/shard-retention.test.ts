import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../src/shard/ports/channel-log.ts';
import { userOf } from '../support/channel-machine.ts';
import { type FakeGateway, runningShard } from '../support/running-shard.ts';

const ada = userOf('ada', { roles: ['user', 'moderator'] });
const bob = userOf('bob');
const message = (id: string): LogEntry => ({
  ...{ log: 'channel:room', id, type: 'message:created', sender: 'z', timestamp: 1 },
  data: JSON.stringify({ id, content: 'x' }),
});
const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, nth) => message(`m${from + nth}`));

interface Answer {
  readonly ref?: string;
  readonly data: { readonly floor?: number; readonly events: readonly { readonly seq: number }[] };
}

/** `seq`s of the page that answers `ref`, with the floor that it tells. */
function pageOf(gateway: FakeGateway, ref: string): { readonly seqs: number[]; readonly floor?: number } {
  const frames = gateway.heard.filter(([kind]) => kind === 'send').map(([, , frame]) => frame as Answer);
  const { events, floor } = frames.find((frame) => frame.ref === ref)!.data;
  return { seqs: events.map(({ seq }) => seq), ...(floor === undefined ? {} : { floor }) };
}

/** Kind, `seq` and type of what was published. */
const published = (gateway: FakeGateway) =>
  gateway.heard
    .filter(([kind]) => kind === 'publish')
    .map(([, , seq, frame]) => [seq, (frame as { readonly type: string }).type]);

describe('a shard and what is past', () => {
  it('[RETAIN-12] serves nothing of it when it was told, pins included, or has read it', async () => {
    const { clock, store, shard, connect } = runningShard();
    store.commit(messages(1, 6));
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    gateway.request(1, 'message:pin', 'room', { id: 'm1' });
    gateway.request(1, 'message:pin', 'room', { id: 'm6' });
    await clock.advance(50);
    const { epoch } = store.log('channel:room');
    store.raiseFloor('room', 4);
    const other = shard.floorsMoved([{ channelId: 'room', epoch: 'of one before', floor: 7 }]);
    await clock.advance(50);
    await other;
    gateway.request(1, 'history:get', 'room', {}, 'before');
    await clock.advance(50);
    expect(pageOf(gateway, 'before')).toEqual({ seqs: [1, 2, 3, 4, 5, 6, 7, 8] });
    const told = shard.floorsMoved([{ channelId: 'room', epoch, floor: 4 }]);
    await clock.advance(50);
    await told;
    for (const [ref, type, data] of [
      ['all', 'history:get', {}],
      ['after', 'history:get', { afterSeq: 1 }],
      ['join', 'channel:join', { recover: { epoch, seq: 2 } }],
      ['pins', 'pins:get', {}],
    ] as const) {
      gateway.request(1, type, 'room', data, ref);
    }
    await clock.advance(50);
    const shown = { seqs: [4, 5, 6, 7, 8], floor: 4 };
    expect(pageOf(gateway, 'all')).toEqual(shown);
    expect(pageOf(gateway, 'after')).toEqual(shown);
    expect(pageOf(gateway, 'join')).toEqual(shown);
    expect(pageOf(gateway, 'pins').seqs).toEqual([6]);
  });

  it('[RETAIN-12] one that is told while it loads, or wasn’t told, learns it with what it reads', async () => {
    const { clock, store, shard, connect } = runningShard({ bounds: { ringEvents: 2 } });
    store.commit(messages(1, 6));
    const { epoch } = store.log('channel:room');
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room', { limit: 1 });
    await clock.advance(2);
    void shard.floorsMoved([{ channelId: 'room', epoch, floor: 2 }]);
    await clock.advance(50);
    store.raiseFloor('room', 4);
    gateway.request(1, 'history:get', 'room', { afterSeq: 1 }, 'after');
    gateway.request(1, 'channel:join', 'room', { recover: { epoch, seq: 2 } }, 'join');
    await clock.advance(50);
    expect(pageOf(gateway, 'after')).toEqual({ seqs: [4, 5, 6], floor: 4 });
    expect(pageOf(gateway, 'join')).toEqual({ seqs: [4, 5, 6], floor: 4 });
    const joined = gateway.heard.find(([, , frame]) => (frame as Answer | undefined)?.ref === 'join');
    expect(joined).toMatchObject(['send', 1, { data: { recovered: false } }]);
  });

  it('[RETAIN-13] one that takes over shows what is past as void, number by number', async () => {
    const { clock, store, connect } = runningShard();
    store.commit(messages(1, 9));
    store.raiseFloor('room', 7);
    const gateway = connect(0);
    gateway.tell((to) => {
      to.attach(1, ada);
      to.listener(1, 'room', 3);
      to.handover();
    });
    await clock.advance(100);
    expect(published(gateway)).toEqual([
      ...[4, 5, 6].map((seq) => [seq, 'void']),
      ...[7, 8, 9].map((seq) => [seq, 'message:created']),
    ]);
  });

  it('[RETAIN-7] [RETAIN-13] one that catches up with another server does too, be nothing left', async () => {
    const here = runningShard({ name: 'here' });
    const { clock, store } = here;
    store.commit(messages(1, 2));
    const gateway = here.connect(0);
    gateway.attach(1, bob);
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    store.commit(messages(3, 5));
    store.raiseFloor('room', 6);
    gateway.request(1, 'message:send', 'room', { content: 'here' });
    await clock.advance(100);
    expect(published(gateway)).toEqual([
      ...[3, 4, 5].map((seq) => [seq, 'void']),
      ...[[6, 'message:created']],
    ]);
    gateway.request(1, 'history:get', 'room', {}, 'all');
    await clock.advance(50);
    expect(pageOf(gateway, 'all')).toMatchObject({ seqs: expect.arrayContaining([6]) as number[] });
  });
});
