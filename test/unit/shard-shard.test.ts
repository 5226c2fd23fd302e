import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { defineChannelCommand } from '../../src/channel/command.ts';
import type { ChannelState } from '../../src/channel/state.ts';
import type { MeshMessage } from '../../src/shard/mesh.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { readFrames } from '../sim/frame-reader.ts';
import { simPorts } from '../sim/sim-ports.ts';
import { userOf } from '../support/channel-machine.ts';
import { runningShard } from '../support/running-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const broken = defineChannelCommand({
  type: 'broken',
  rate: 'query',
  requires: 'none',
  data: Type.Object({}),
  handle: () => {
    throw new Error('a secret of the code');
  },
});
const message = (id: string) =>
  ({
    log: 'channel:room',
    id,
    type: 'message:created',
    sender: 'z',
    timestamp: 1,
    data: `{"id":"${id}"}`,
  }) as const;

describe('a shard', () => {
  it('[REQ-1] [MSG-1] answers every request once, and publishes what it committed', async () => {
    const { clock, connect, store } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    gateway.request(1, 'message:send', 'room', { content: 'hi' });
    gateway.request(1, 'presence:get', 'room');
    await clock.advance(50);
    expect(gateway.answers).toEqual({
      'channel:join': 'channel:joined',
      'message:send': 'ack',
      'presence:get': 'presence',
    });
    expect(gateway.published).toEqual([1]);
    expect(store.log('channel:room').events).toHaveLength(1);
  });

  it('[HTTP-19] counts what it refuses by code, once a request, wherever the refusal came from', async () => {
    const { clock, connect, log, refusals } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'message:send', 'room', { content: 'not in it' });
    gateway.request(1, 'channel:join', 'room');
    gateway.request(1, 'message:send', 'room', { content: '' });
    await clock.advance(50);
    log.append = async () => ({ status: 'unavailable', reason: 'away' });
    gateway.request(1, 'message:send', 'room', { content: 'can not be stored' });
    await clock.advance(10_000);
    expect(refusals).toEqual(['not_member', 'bad_request', 'unavailable']);
  });

  it('[REQ-9] answers `internal` for a bug, without a trace, logs it, and goes on', async () => {
    const { clock, connect, errors } = runningShard({ more: [broken] });
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'broken', 'room');
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    expect(gateway.answers).toEqual({ broken: 'internal', 'channel:join': 'channel:joined' });
    expect(JSON.stringify(gateway.heard)).not.toContain('secret');
    expect(errors).toEqual(['a command failed Error: a secret of the code']);
  });

  it('[MSG-13] a page whose reader has gone keeps nothing of what is changed meanwhile', async () => {
    let state: ChannelState | null = null;
    const peek = defineChannelCommand({
      ...{ type: 'peek', rate: 'query', requires: 'none', data: Type.Object({}) },
      handle: (peeked) => {
        state = peeked;
        return [];
      },
    });
    const { clock, connect } = runningShard({ bounds: { ringEvents: 1 }, more: [peek] });
    const gateway = connect(0);
    for (const [index, user] of [ada, bob].entries()) {
      gateway.attach(index, user);
      gateway.request(index, 'channel:join', 'room');
    }
    gateway.request(0, 'message:send', 'room', { content: 'one' }, 'one');
    gateway.request(0, 'message:send', 'room', { content: 'two' }, 'two');
    gateway.request(0, 'peek', 'room');
    await clock.advance(50);
    gateway.request(1, 'history:get', 'room', { afterSeq: 0 });
    gateway.tell((shard) => {
      shard.detach(1);
    });
    await clock.advance(1);
    expect(state).toMatchObject({ reads: 1 });
    await clock.advance(50);
    expect(state).toMatchObject({ reads: 0 });
  });

  it('[LOG-35] publishes what others wrote before its own, and only then', async () => {
    const { clock, store, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    store.commit([message('z1'), message('z2')]);
    gateway.request(1, 'message:send', 'room', { content: 'hi' });
    gateway.request(1, 'message:send', 'room', { content: 'ho' }, 'again');
    await clock.advance(50);
    expect(gateway.published).toEqual([1, 2, 3, 4]);
    expect(gateway.answers).toMatchObject({ 'message:send': 'ack', again: 'ack' });
  });

  it('[LOG-35] a log that does not answer then is asked until it does', async () => {
    let away = false;
    const { clock, store, connect } = runningShard({ readFault: () => away });
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    store.commit([message('z1')]);
    away = true;
    gateway.request(1, 'message:send', 'room', { content: 'hi' });
    await clock.advance(2_000);
    expect([gateway.published, gateway.answers['message:send']]).toEqual([[], 'ack']);
    away = false;
    await clock.advance(500);
    expect(gateway.published).toEqual([1, 2]);
  });

  it('[LOG-36] drops a channel that nobody touched for a minute, and rebuilds it at the next touch', async () => {
    const { clock, shard, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    gateway.request(1, 'message:send', 'room', { content: 'hi' });
    gateway.request(1, 'channel:leave', 'room');
    await clock.advance(55_000);
    expect(shard.gauges().actors).toBe(1);
    await clock.advance(11_000);
    expect(shard.gauges()).toMatchObject({ actors: 0, ringSize: 0 });
    gateway.request(1, 'channel:join', 'room', {}, 'back');
    await clock.advance(50);
    expect(gateway.heard.at(-1)).toMatchObject([
      'send',
      1,
      { ref: 'back', data: { seq: 1, events: [{ seq: 1 }] } },
    ]);
  });

  it('[CHAN-3] a channel that nobody wrote in is gone soon after its last member', async () => {
    const { clock, shard, store, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(20_000);
    expect(shard.gauges().actors).toBe(1);
    gateway.tell((to) => {
      to.detach(1);
    });
    await clock.advance(15_000);
    expect(shard.gauges()).toMatchObject({ actors: 0, connections: 0 });
    expect(store.channel('room')).toBeNull();
  });

  it('[LOG-36] all rings together are bounded: the channel that was quiet longest loses first', async () => {
    const { clock, shard, connect, pageReads } = runningShard({ bounds: { ringsSize: 4_000 } });
    const gateway = connect(0);
    gateway.attach(1, ada);
    for (const room of ['old', 'new']) {
      gateway.request(1, 'channel:join', room);
      for (let count = 0; count < 10; count += 1)
        gateway.request(1, 'message:send', room, { content: 'x'.repeat(100) });
      await clock.advance(100);
    }
    expect(shard.gauges().ringSize).toBeGreaterThan(4_000);
    await clock.advance(6_000);
    expect(shard.gauges().ringSize).toBeLessThanOrEqual(4_000);
    gateway.request(1, 'history:get', 'new', { limit: 10 }, 'new');
    await clock.advance(50);
    expect(pageReads()).toBe(0);
    gateway.request(1, 'history:get', 'old', { limit: 10 }, 'old');
    await clock.advance(50);
    expect([pageReads(), gateway.answers['old']]).toEqual([1, 'history']);
  });

  it('[SHARD-11] lets requests wait while a gateway is behind, and goes on when it has caught up', async () => {
    const { clock, shard, connect } = runningShard({ bounds: { gatewayBacklog: 2_000 } });
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', 'room');
    gateway.request(1, 'message:send', 'room', { content: 'x'.repeat(2_000) });
    await clock.advance(50);
    gateway.request(1, 'presence:get', 'room', {}, 'waits');
    gateway.request(1, 'presence:get', 'room', {}, 'waits too');
    await clock.advance(10_000);
    expect(gateway.answers).not.toHaveProperty('waits');
    expect(shard.gauges().mailboxDepth).toBe(2);
    gateway.tell((to) => {
      to.consumed(gateway.bytes);
    });
    await clock.advance(50);
    expect(gateway.answers).toMatchObject({ waits: 'presence', 'waits too': 'presence' });
  });

  it('[SHARD-11] [REQ-8] says what it has worked off now and then, and rests when there is nothing to do', async () => {
    const { clock, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'presence:get', 'room', {}, 'one');
    await clock.advance(100);
    const receipts = () => gateway.heard.filter(([kind]) => kind === 'consumed');
    // A receipt for every batch would be answered with a receipt, for ever.
    expect(receipts()).toEqual([]);
    for (let count = 0; count < 600; count += 1) gateway.request(1, 'presence:get', 'room', {}, `${count}`);
    await clock.advance(100);
    const sum = receipts().reduce((all, [, requests]) => all + (requests as number), 0);
    expect(sum).toBeGreaterThan(600 - 256);
    const count = gateway.heard.length;
    await clock.advance(4_000);
    expect(gateway.heard).toHaveLength(count);
  });

  it('[REQ-7] passes on what belongs to another shard, with who sent it and when they went', async () => {
    const elsewhere = ['a', 'b', 'c', 'd', 'e'].find((id) => shardOf(`channel:${id}`, 2) === 1)!;
    const { clock, shard, connect } = runningShard({ shards: 2 });
    const [here, there] = simPorts<readonly MeshMessage[]>(clock, () => 1);
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'channel:join', elsewhere, {}, 'too early');
    await clock.advance(10);
    expect(gateway.answers).toEqual({ 'too early': 'unavailable' });
    shard.connectShard(1, here);
    const meshed: MeshMessage[] = [];
    there.receive((messages) => meshed.push(...messages));
    gateway.request(1, 'channel:join', elsewhere, {}, 'now');
    gateway.tell((to) => {
      to.detach(1);
    });
    await clock.advance(10);
    expect(meshed).toMatchObject([
      { kind: 'look' },
      { kind: 'request', connection: 1, user: ada },
      { kind: 'detach', connection: 1 },
    ]);
  });

  it('[REQ-7] answers what came over the mesh through its own port, after the hand-over of that gateway', async () => {
    const own = ['a', 'b', 'c', 'd', 'e'].find((id) => shardOf(`channel:${id}`, 2) === 0)!;
    const { clock, shard, connect } = runningShard({ shards: 2 });
    const [here, there] = simPorts<readonly MeshMessage[]>(clock, () => 1);
    shard.connectShard(1, here);
    const bytes = Buffer.from(JSON.stringify({ type: 'channel:join', ref: 'r', channelId: own }));
    there.post([{ kind: 'request', connection: 7, user: bob, dataMembers: 0, bytes }]);
    await clock.advance(20);
    expect(shard.gauges().connections).toBe(0);
    const gateway = connect(0);
    await clock.advance(50);
    expect(gateway.answers).toEqual({ r: 'channel:joined' });
    there.post([{ kind: 'detach', connection: 7 }]);
    await clock.advance(20_000);
    expect(shard.gauges()).toMatchObject({ actors: 0, connections: 0 });
  });

  it('[SHARD-3] [SHARD-4] [SHARD-5] a hand-over publishes what was missed, silently, then tells whom it concerns', async () => {
    const { clock, store, connect } = runningShard({ bounds: { ringEvents: 2 } });
    store.commit(Array.from({ length: 9 }, (_, index) => message(`m${index + 1}`)));
    const gateway = connect(0);
    gateway.tell((to) => {
      to.attach(1, ada);
      to.attach(2, bob);
      to.attach(3, bob);
      to.listener(1, 'room', 4);
      to.listener(2, 'room', 4);
      to.asked(3, 'other');
      to.handover();
      to.request(3, 0, Buffer.from(JSON.stringify({ type: 'channel:join', ref: 'late', channelId: 'room' })));
    });
    await clock.advance(100);
    expect(gateway.published).toEqual([5, 6, 7, 8, 9]);
    const kinds = gateway.heard.map(([kind]) => kind);
    expect(kinds).not.toContain('broadcast');
    expect(kinds.lastIndexOf('publish')).toBeLessThan(kinds.indexOf('sendBehind'));
    // Who joins meanwhile comes in behind all that was missed.
    const late = gateway.heard.findIndex(([kind, , id]) => kind === 'subscribe' && id === 3);
    expect(late).toBeGreaterThan(kinds.lastIndexOf('publish'));
    const told = gateway.heard.filter(([kind]) => kind === 'sendBehind');
    expect(
      told.map(([, id, frame]) => [id, (frame as { data: { channels: string[] } }).data.channels]),
    ).toEqual([
      [1, ['room']],
      [2, ['room']],
      [3, ['other']],
    ]);
    expect(kinds.lastIndexOf('sendBehind')).toBeLessThan(kinds.lastIndexOf('restored'));
  });

  it('[SHADOW-13] a hand-over tells everyone what was missed in their own form', async () => {
    const mod = userOf('mod', { roles: ['user', 'moderator'] });
    // One is held by the ring, the other is read.
    const { clock, store, connect } = runningShard({ bounds: { ringEvents: 2 } });
    const hidden = { author: { id: ada.id, name: 'ada' }, content: 'hidden', shadow: ada.id };
    const entry = (id: string) => ({
      ...message(id),
      sender: ada.id,
      data: JSON.stringify({ id, ...hidden }),
    });
    store.commit([message('m1'), entry('m2'), message('m3'), entry('m4')]);
    const gateway = connect(0);
    gateway.tell((to) => {
      for (const [index, user] of [ada, bob, mod].entries()) to.attach(index + 1, user);
      for (const connection of [1, 2, 3]) to.listener(connection, 'room', 1);
      to.handover();
    });
    await clock.advance(100);
    const missed = gateway.heard.filter(([kind]) => kind === 'publish' || kind === 'publishApart');
    expect(missed.map(([kind, , seq]) => [kind, seq])).toEqual([
      ...[
        ['publishApart', 2],
        ['publish', 3],
        ['publishApart', 4],
      ],
    ]);
    for (const at of [0, 2]) {
      const [, , , forAll, apart] = missed[at]!;
      expect(forAll).toEqual({ type: 'void', channelId: 'room', seq: at + 2 });
      const frames = apart as readonly { readonly frame: Buffer; readonly to: readonly number[] }[];
      expect(frames.map(({ frame, to }) => [to, JSON.parse(readFrames(frame)[0]!)])).toMatchObject([
        [[1], { type: 'message:created', data: { content: 'hidden' } }],
        [[3], { type: 'message:created', data: { content: 'hidden', shadow: ada.id } }],
      ]);
    }
  });

  it('[SHARD-3] a channel that can not be loaded is handed over when it can, and nobody joins before', async () => {
    let away = true;
    const { clock, store, connect } = runningShard({ readFault: () => away });
    store.commit([message('m1'), message('m2')]);
    const gateway = connect(0);
    gateway.tell((to) => {
      to.attach(1, ada);
      to.attach(2, bob);
      to.listener(1, 'room', 1);
      to.handover();
    });
    await clock.advance(100);
    gateway.request(2, 'channel:join', 'room', {}, 'early');
    await clock.advance(700);
    expect(gateway.answers).toEqual({ early: 'unavailable' });
    away = false;
    gateway.request(2, 'channel:join', 'room', {}, 'late');
    await clock.advance(1_000);
    expect(gateway.published).toEqual([2]);
    expect(gateway.answers).toMatchObject({ late: 'channel:joined' });
    expect(gateway.heard.filter(([kind]) => kind === 'topic')).toMatchObject([['topic', 1, 'room', 1]]);
  });

  it('[REQ-1] a channel that can not be loaded refuses who waits; a full mailbox is overloaded', async () => {
    const { clock, connect } = runningShard({ readFault: () => true, bounds: { mailbox: 2 } });
    const gateway = connect(0);
    gateway.attach(1, ada);
    for (const ref of ['a', 'b', 'c']) gateway.request(1, 'channel:join', 'room', {}, ref);
    await clock.advance(50);
    expect(gateway.answers).toEqual({ a: 'unavailable', b: 'unavailable', c: 'overloaded' });
  });

  it('[PRES-2] a connection that breaks while its channel loads leaves nothing', async () => {
    const { clock, shard, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'history:get', 'room');
    gateway.request(1, 'channel:join', 'room');
    gateway.tell((to) => {
      to.detach(1);
    });
    await clock.advance(12_000);
    expect(shard.gauges()).toMatchObject({ actors: 0, connections: 0 });
  });

  it('[PRES-2] a join behind a request that was refused is taken out with its connection', async () => {
    const { clock, shard, connect } = runningShard();
    const gateway = connect(0);
    gateway.attach(1, ada);
    gateway.request(1, 'history:get', 'room');
    gateway.request(1, 'channel:join', 'room');
    await clock.advance(50);
    expect(gateway.answers).toEqual({ 'history:get': 'not_member', 'channel:join': 'channel:joined' });
    gateway.tell((to) => {
      to.detach(1);
    });
    await clock.advance(12_000);
    expect(shard.gauges()).toMatchObject({ actors: 0, connections: 0 });
    expect(shard.presence('room', 10)).toEqual({ members: [], count: 0 });
  });

  it('[CHAN-8] a gateway that is gone takes its connections with it', async () => {
    const { clock, shard, connect } = runningShard();
    const [one, two] = [connect(0), connect(1)];
    one.attach(1, ada);
    two.attach(1, bob);
    one.request(1, 'channel:join', 'room');
    two.request(1, 'channel:join', 'room');
    await clock.advance(50);
    expect(shard.presence('room', 10).count).toBe(2);
    shard.disconnectGateway(1);
    await clock.advance(6_000);
    expect(shard.presence('room', 10)).toEqual({ members: [{ id: 'u-ada', name: 'ada' }], count: 1 });
  });

  it('[GATE-8] a gateway that ended while it was behind holds up no other', async () => {
    const { clock, shard, connect } = runningShard({ bounds: { gatewayBacklog: 2_000 } });
    const [dead, other] = [connect(0), connect(1)];
    for (const [gateway, user] of [[dead, ada] as const, [other, bob] as const]) {
      gateway.attach(1, user);
      gateway.request(1, 'channel:join', 'room');
    }
    await clock.advance(50);
    other.request(1, 'message:send', 'room', { content: 'x'.repeat(2_000) });
    await clock.advance(50);
    other.tell((to) => {
      to.consumed(other.bytes);
    });
    other.request(1, 'presence:get', 'room', {}, 'waits');
    await clock.advance(2_000);
    expect(other.answers).not.toHaveProperty('waits');
    shard.disconnectGateway(0);
    await clock.advance(50);
    expect(other.answers).toMatchObject({ waits: 'presence' });
  });

  it('[GATE-8] what waits for the hand-over of a gateway that ended is not carried out for its successor', async () => {
    const own = ['a', 'b', 'c', 'd', 'e'].find((id) => shardOf(`channel:${id}`, 2) === 0)!;
    const { clock, shard, connect } = runningShard({ shards: 2 });
    const [here, there] = simPorts<readonly MeshMessage[]>(clock, () => 1);
    shard.connectShard(1, here);
    shard.connectGateway(0, simPorts<ArrayBuffer>(clock, () => 1)[0]);
    const bytes = Buffer.from(JSON.stringify({ type: 'channel:join', ref: 'r', channelId: own }));
    there.post([{ kind: 'request', connection: 7, user: bob, dataMembers: 0, bytes }]);
    await clock.advance(20);
    shard.disconnectGateway(0);
    const successor = connect(0);
    await clock.advance(50);
    expect(successor.answers).toEqual({});
    expect(shard.gauges().connections).toBe(0);
  });
});
