/** Channels that are made, deleted and restored, by a shard over a database in memory. */
import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { userOf } from '../support/channel-machine.ts';
import { type FakeGateway, runningShard } from '../support/running-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const staff = { ...userOf('staff'), roles: ['user', 'moderator'] as Role[] };
const by = { id: ada.id, name: ada.name };

/** A shard with two gateways and a channel that Ada made: she and Bob are in it, staff isn't. */
async function room(id = 'room') {
  const running = runningShard();
  const { clock, connect } = running;
  const [here, there] = [connect(0), connect(1)];
  here.attach(1, ada);
  here.attach(2, staff);
  there.attach(1, bob);
  here.request(1, 'channel:create', id, { name: 'The room' }, 'made');
  await clock.advance(100);
  here.request(1, 'channel:join', id);
  there.request(1, 'channel:join', id);
  await clock.advance(50);
  here.request(1, 'message:send', id, { content: 'one' }, 'one');
  await clock.advance(50);
  expect(here.answers).toMatchObject({ made: 'ack', 'channel:join': 'channel:joined', one: 'ack' });
  return { ...running, here, there };
}

/** Frames of this type in what the gateway was told. */
const told = (gateway: FakeGateway, type: string): unknown[] =>
  gateway.heard.flatMap((record) => record.filter((part) => typeOf(part) === type));
const typeOf = (part: unknown): unknown =>
  typeof part === 'object' && part !== null ? Reflect.get(part, 'type') : undefined;
const deletedFrames = (gateway: FakeGateway): unknown[] => told(gateway, 'channel:deleted');
const unsubscribed = (gateway: FakeGateway): number =>
  gateway.heard.filter(([kind]) => kind === 'unsubscribe').length;

describe('a channel that is deleted', () => {
  it('[CHDEL-1] [CHDEL-4] by its owner: everyone is told on every gateway, and out; it answers as a missing one does', async () => {
    const { clock, here, there, store } = await room();
    there.request(1, 'channel:delete', 'room', {}, 'not by Bob');
    await clock.advance(50);
    here.request(1, 'channel:delete', 'room', {}, 'gone');
    await clock.advance(100);
    expect(there.answers['not by Bob']).toBe('forbidden');
    expect(here.answers['gone']).toBe('ack');
    for (const gateway of [here, there]) {
      expect(deletedFrames(gateway)).toMatchObject([
        { type: 'channel:deleted', channelId: 'room', data: { by, purged: false } },
      ]);
      expect(unsubscribed(gateway)).toBe(1);
    }
    there.request(1, 'channel:join', 'room', {}, 'in again');
    there.request(1, 'channel:join', 'room', { recover: { epoch: 'e', seq: 1 } }, 'resumed');
    there.request(1, 'message:send', 'room', { content: 'two' }, 'two');
    there.request(1, 'message:send', 'nowhere', { content: 'two' }, 'two elsewhere');
    here.request(1, 'channel:update', 'room', { topic: 'x' }, 'changed');
    here.request(1, 'channel:delete', 'room', {}, 'once more');
    here.request(1, 'channel:restore', 'room', {}, 'back');
    here.request(1, 'channel:create', 'room', {}, 'made again');
    here.request(2, 'channel:join', 'room', {}, 'in as staff');
    await clock.advance(100);
    expect(there.answers).toMatchObject({ 'in again': 'not_found', resumed: 'not_found', two: 'not_member' });
    expect(there.answers['two']).toBe(there.answers['two elsewhere']);
    expect(here.answers).toMatchObject({
      ...{ changed: 'not_found', 'once more': 'not_found', back: 'not_found', 'made again': 'conflict' },
      'in as staff': 'not_found',
    });
    expect(store.log('channel:room').events).toEqual([]);
  });

  it('[CHDEL-5] is brought back by staff as it was, and goes on where it was', async () => {
    const { clock, here, there, store } = await room();
    here.request(2, 'channel:restore', 'room', {}, 'too soon');
    here.request(1, 'channel:delete', 'room', {}, 'gone');
    await clock.advance(100);
    here.request(2, 'channel:delete', 'room', {}, 'twice');
    here.request(2, 'channel:restore', 'room', {}, 'back');
    await clock.advance(100);
    expect(here.answers).toMatchObject({ 'too soon': 'conflict', twice: 'conflict', back: 'ack' });
    there.request(1, 'channel:join', 'room', { recover: { epoch: 'e', seq: 0 } }, 'in again');
    await clock.advance(50);
    there.request(1, 'message:send', 'room', { content: 'two' }, 'two');
    await clock.advance(50);
    expect(there.answers['two']).toBe('ack');
    expect(there.published.at(-1)).toBe(2);
    expect(store.log('channel:room').events).toHaveLength(2);
    expect(told(there, 'channel:joined').at(-1)).toMatchObject({ data: { recovered: true, seq: 1 } });
  });

  it('[CHDEL-2] and purged leaves its id free: who joins makes it anew, with another epoch', async () => {
    const { clock, here, there } = await room();
    here.request(2, 'channel:delete', 'room', { purge: true }, 'gone');
    await clock.advance(100);
    expect(deletedFrames(there)).toMatchObject([{ data: { by: { id: staff.id }, purged: true } }]);
    there.request(1, 'channel:join', 'room', { recover: { epoch: 'e', seq: 1 } }, 'in again');
    await clock.advance(50);
    expect(told(there, 'channel:joined').at(-1)).toMatchObject({
      data: { recovered: false, seq: 0, events: [], memberCount: 1 },
    });
    expect(told(there, 'channel:joined').at(-1)).not.toMatchObject({ data: { epoch: 'e' } });
    there.request(1, 'message:send', 'room', { content: 'first' }, 'first');
    await clock.advance(50);
    expect(there.answers['first']).toBe('ack');
    expect(there.published.at(-1)).toBe(1);
    here.request(1, 'channel:delete', 'room', {}, 'not hers any more');
    await clock.advance(50);
    expect(here.answers['not hers any more']).toBe('forbidden');
  });

  it('[CHDEL-2] may be purged when it was deleted before', async () => {
    const { clock, here, store } = await room();
    here.request(1, 'channel:delete', 'room', {}, 'gone');
    await clock.advance(100);
    here.request(1, 'channel:delete', 'room', { purge: true }, 'by who owned it');
    here.request(2, 'channel:delete', 'room', { purge: true }, 'by staff');
    await clock.advance(100);
    expect(here.answers).toMatchObject({ 'by who owned it': 'not_found', 'by staff': 'ack' });
    expect(store.channel('room')).toBeNull();
  });

  it('[CHDEL-6] what was sent before is committed and acknowledged, what waits behind is refused', async () => {
    const { clock, here, there, store, channels } = await room();
    for (let turn = 0; turn < 20; turn += 1) {
      there.request(1, 'message:send', 'room', { content: `before ${turn}` }, `before ${turn}`);
    }
    here.request(1, 'channel:delete', 'room', {}, 'gone');
    for (let turn = 0; turn < 20; turn += 1) {
      there.request(1, 'message:send', 'room', { content: `behind ${turn}` }, `behind ${turn}`);
    }
    here.request(2, 'channel:join', 'room', {}, 'behind it');
    await clock.advance(1_000);
    const outcomes = Object.entries(there.answers);
    const of = (kind: string): string[] =>
      outcomes.flatMap(([ref, code]) => (ref.startsWith(kind) ? [code] : []));
    expect(new Set(of('before'))).toEqual(new Set(['ack']));
    expect(of('behind')).toHaveLength(20);
    expect(here.answers).toMatchObject({ gone: 'ack', 'behind it': 'not_found' });
    await channels.restore({
      id: 'room',
      by,
      at: 1,
      before: { name: 'r', private: false },
    });
    const acked = of('behind').filter((code) => code === 'ack').length;
    expect(of('behind').filter((code) => code !== 'ack' && code !== 'not_found')).toEqual([]);
    expect(store.log('channel:room').events).toHaveLength(21 + acked);
  });

  it('[CHDEL-7] a database that is away leaves it as it is, and tells so', async () => {
    const { clock, here, channels } = await room();
    const whole = channels.delete.bind(channels);
    const away = { code: 'unavailable', message: 'away', retryAfterMs: 1 } as const;
    channels.delete = async () => ({ ok: false, failure: away });
    here.request(1, 'channel:delete', 'room', {}, 'gone');
    await clock.advance(100);
    channels.delete = whole;
    expect(here.answers['gone']).toBe('unavailable');
    here.request(1, 'message:send', 'room', { content: 'two' }, 'two');
    await clock.advance(50);
    expect(here.answers['two']).toBe('ack');
    expect(deletedFrames(here)).toEqual([]);
    channels.delete = () => Promise.reject(new Error('a bug'));
    here.request(1, 'channel:delete', 'room', {}, 'broken');
    await clock.advance(100);
    expect(here.answers['broken']).toBe('internal');
    // It was carried out, but nobody heard of that.
    channels.delete = async (deletion) => {
      await whole(deletion);
      return { ok: false, failure: away };
    };
    here.request(1, 'channel:delete', 'room', {}, 'unknown');
    await clock.advance(100);
    channels.delete = whole;
    expect(here.answers['unknown']).toBe('unavailable');
    expect(deletedFrames(here)).toHaveLength(1);
  });

  it('[CHDEL-8] by another server is told at the latest with the next message, which is refused', async () => {
    for (const purge of [false, true]) {
      const { clock, here, there, channels } = await room();
      const deletion = { id: 'room', purge, by, at: 1, before: { name: 'The room', private: false } };
      await channels.delete(deletion);
      there.request(1, 'message:send', 'room', { content: 'too late' }, 'two');
      here.request(1, 'message:send', 'other', { content: 'x' }, 'other');
      await clock.advance(100);
      expect(there.answers['two']).toBe('not_found');
      for (const gateway of [here, there]) {
        expect(deletedFrames(gateway)).toMatchObject([{ data: { purged: purge } }]);
        expect(unsubscribed(gateway)).toBe(1);
      }
      there.request(1, 'channel:join', 'room', {}, 'in again');
      await clock.advance(50);
      expect(there.answers['in again']).toBe(purge ? 'channel:joined' : 'not_found');
    }
  });

  it('[CHDEL-8] and made anew there takes nothing that was written for the old one', async () => {
    const { clock, there, store, channels } = await room();
    const deletion = { id: 'room', purge: true, by, at: 1, before: { name: 'The room', private: false } };
    await channels.delete(deletion);
    store.commit([
      {
        log: 'channel:room',
        id: 'new',
        type: 'message:created',
        sender: 'z',
        timestamp: 1,
        data: '{"id":"new"}',
      },
    ]);
    there.request(1, 'message:send', 'room', { content: 'for the old one' }, 'two');
    await clock.advance(100);
    expect(there.answers['two']).toBe('not_found');
    expect(store.log('channel:room').events.map(({ id }) => id)).toEqual(['new']);
    there.request(1, 'channel:join', 'room', { recover: { epoch: 'e', seq: 1 } }, 'in again');
    await clock.advance(50);
    expect(told(there, 'channel:joined').at(-1)).toMatchObject({ data: { recovered: false, seq: 1 } });
  });

  it('[CHDEL-9] while there was no shard: who comes with the hand-over is told, and out', async () => {
    const { clock, store, connect, channels } = await room();
    for (const purge of [false, true]) {
      const id = `away-${purge}`;
      await channels.create({ id, name: id, private: false }, by, 1);
      store.commit([
        {
          log: `channel:${id}`,
          id: `${id}-1`,
          type: 'message:created',
          sender: 'z',
          timestamp: 1,
          data: '{}',
        },
      ]);
      await channels.delete({
        id,
        purge,
        by,
        at: 1,
        before: { name: id, private: false },
      });
      const gateway = connect(purge ? 5 : 6);
      gateway.attach(9, bob);
      gateway.tell((to) => {
        to.listener(9, id, 1);
        to.handover();
      });
      await clock.advance(100);
      expect(deletedFrames(gateway)).toMatchObject([{ channelId: id, data: { purged: purge } }]);
      expect(unsubscribed(gateway)).toBe(1);
    }
  });

  it('[CHDEL-10] takes an act that comes over no connection, and refuses as WebSocket does', async () => {
    const { clock, shard, here } = await room();
    const asked = async (user: typeof ada, type: string, data: object = {}) => {
      const answer = shard.request('room', user, type, data);
      await clock.advance(100);
      const { ok, ...rest } = await answer;
      return ok ? 'done' : (rest as { failure: { code: string } }).failure.code;
    };
    expect(await asked(bob, 'channel:update', { topic: 'x' })).toBe('forbidden');
    expect(await asked(ada, 'channel:update', { topic: 'x' })).toBe('done');
    expect(await asked(ada, 'channel:update', { topic: 5 })).toBe('bad_request');
    // Over no connection nobody is in the channel: who may write there may.
    expect(await asked(ada, 'message:send', { content: 'x' })).toBe('done');
    expect(await asked(ada, 'no:such')).toBe('unknown_type');
    expect(await asked(ada, 'inbox:resume')).toBe('unknown_type');
    expect(await asked(ada, 'channel:delete', { purge: true })).toBe('done');
    expect(deletedFrames(here)).toHaveLength(1);
    expect(shard.counts()).toEqual([]);
  });
});
