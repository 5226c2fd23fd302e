import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { defineGatewayCommand } from '../../src/gateway/command.ts';
import { buildRequestTable } from '../../src/gateway/request-table.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { userOf } from '../support/channel-machine.ts';
import { identityFor } from '../support/identified.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const ada = { identity: identityOf('ada') };
const broken = defineGatewayCommand({
  type: 'broken',
  rate: 'query',
  anonymous: false,
  data: Type.Object({}),
  handle: () => {
    throw new Error('a secret of the code');
  },
});

/** A gateway with one shard and a client that has been welcomed. */
async function welcomed(setting: Parameters<typeof runningGateway>[0] = {}) {
  const running = runningGateway(setting);
  const shard = running.connectShard(0);
  const client = running.client(ada);
  await running.clock.advance(5);
  expect(client.socket.frames.map(({ type }) => type)).toEqual(['welcome']);
  client.socket.writes.length = 0;
  return { ...running, shard, ...client };
}

describe('routing', () => {
  it('[LIMIT-9] limits go on by their own clock when the wall clock is set', async () => {
    const limiter = SharedRateLimiter.create(64, 1);
    limiter.configure('query', { limit: 1, windowMs: 1_000 });
    const { clock, client } = runningGateway({ take: (...args) => limiter.take(...args) });
    const { socket, say } = client(ada);
    await clock.advance(5);
    say({ type: 'ping', ref: 'first' });
    for (const [index, ms] of [3_600_000, -7_200_000].entries()) {
      clock.step(ms);
      say({ type: 'ping', ref: `refused ${index}` });
    }
    await clock.advance(1_000);
    say({ type: 'ping', ref: 'second' });
    await clock.advance(5);
    expect(socket.answers).toEqual({
      ...{ first: 'pong', second: 'pong' },
      ...{ 'refused 0': 'rate_limited', 'refused 1': 'rate_limited' },
    });
  });

  it('[REQ-3] [SHARD-1] goes by the channelId at depth one, to its shard, bytes as they came', async () => {
    const { clock, connectShard, client } = runningGateway({ shards: 3 });
    const shards = [connectShard(0), connectShard(1), connectShard(2)];
    const { say } = client(ada);
    await clock.advance(5);
    const rooms = Array.from({ length: 12 }, (_, index) => `room-${index}`);
    for (const channelId of rooms) {
      say({ data: { channelId: 'evil', content: '","channelId":"evil"' }, type: 'message:send', channelId });
    }
    await clock.advance(5);
    for (const [index, shard] of shards.entries()) {
      const heard = shard
        .kind('request')
        .map(([, , text]) => (JSON.parse(text as string) as { channelId: string }).channelId);
      expect(heard).toEqual(rooms.filter((id) => shardOf(`channel:${id}`, 3) === index));
    }
  });

  it.each([
    ['nonsense', 'bad_request'],
    ['[]', 'bad_request'],
    ['{}', 'bad_request'],
    ['{"type":7,"ref":"r"}', 'bad_request'],
    ['{"type":"ping","type":"ping"}', 'bad_request'],
    ['{"type":"__proto__","ref":"r"}', 'unknown_type'],
    ['{"type":"toString","ref":"r"}', 'unknown_type'],
    ['{"type":"message:forward","ref":"r"}', 'unknown_type'],
    ['{"type":"channel:join","ref":"r"}', 'bad_request'],
    ['{"type":"channel:join","ref":"r","channelId":"a b"}', 'bad_request'],
    ['{"type":"ping","ref":"r","data":[]}', 'bad_request'],
    ['{"type":"channel:list","ref":"r","data":{"limit":0}}', 'bad_request'],
    ['{"type":"channel:list","ref":"r","data":{"limit":1,"limit":2}}', 'bad_request'],
    [`{"type":"ping","ref":"${'r'.repeat(65)}"}`, 'bad_request'],
  ])('[REQ-4] [REQ-5] [CONN-13] %s is %s, and the connection stays', async (text, code) => {
    const { clock, socket, sayBytes, say } = await welcomed();
    sayBytes(text);
    await clock.advance(5);
    expect(socket.frames).toMatchObject([{ type: 'error', data: { code } }]);
    expect(socket.frames[0]?.ref ?? 'r').toBe('r');
    say({ type: 'ping', ref: 'still' });
    await clock.advance(5);
    expect([socket.answers['still'], socket.closes]).toEqual(['pong', []]);
  });

  it('[REQ-4] a binary frame is bad_request', async () => {
    const { socket, sayBytes } = await welcomed();
    sayBytes('{"type":"ping","ref":"r"}', true);
    expect(socket.frames).toMatchObject([{ type: 'error', data: { code: 'bad_request' } }]);
  });

  it('[REQ-1] without a ref only an error is answered', async () => {
    const { clock, socket, say } = await welcomed();
    say({ type: 'ping' });
    await clock.advance(5);
    expect(socket.frames).toEqual([]);
    say({ type: 'nothing' });
    await clock.advance(5);
    expect(socket.frames).toMatchObject([{ type: 'error' }]);
  });

  it('[REQ-9] answers `internal` for a bug, without a trace, and logs it', async () => {
    const { clock, socket, say, logged } = await welcomed({ more: [broken] });
    say({ type: 'broken', ref: 'r' });
    await clock.advance(5);
    expect(socket.answers).toEqual({ r: 'internal' });
    expect(socket.texts.join('')).not.toContain('secret');
    expect(logged).toEqual(['a gateway command failed']);
  });

  it('[LIMIT-3] asks the limiter by user and class, and tells when to come back', async () => {
    const asked: string[] = [];
    const { clock, socket, say, shard } = await welcomed({
      take: (userId, rateClass) => {
        asked.push(`${userId} ${rateClass}`);
        return rateClass === 'message' ? 1_200 : 0;
      },
    });
    say({ type: 'message:send', ref: 'm', channelId: 'room' });
    say({ type: 'typing:start', ref: 't', channelId: 'room' });
    say({ type: 'ping', ref: 'p' });
    await clock.advance(5);
    expect(asked).toEqual(['u-ada message', 'u-ada signal', 'u-ada query']);
    expect(socket.frames).toMatchObject([
      { ref: 'm', channelId: 'room', data: { code: 'rate_limited', retryAfterMs: 1_200 } },
      { ref: 'p', type: 'pong' },
    ]);
    expect(shard.kind('request')).toHaveLength(1);
  });

  it('[LIMIT-7] [LIMIT-8] a socket that sends too fast is told, with its ref, and then closed', async () => {
    const { socket, say } = await welcomed({ framesPerSecond: 5 });
    for (let count = 1; count <= 12; count += 1)
      say({ type: 'typing:start', channelId: 'room', ref: `${count}` });
    expect(socket.answers).toEqual({ 11: 'rate_limited', 12: 'rate_limited' });
    for (let count = 0; count < 60; count += 1) say({ type: 'typing:start', channelId: 'room' });
    expect(socket.closes).toEqual([[4008, 'too many frames']]);
  });

  it('[REQ-10] no type is registered twice', () => {
    expect(() => buildRequestTable([{ type: 'broken', route: 'channel', rate: 'query' }], [broken])).toThrow(
      'registered twice',
    );
  });

  it('[CHAN-6] channel:list asks the directory', async () => {
    const { clock, socket, say } = await welcomed({
      list: async () => ({
        ok: true,
        value: { items: [{ id: 'a', name: 'A', private: false }], hasMore: true },
      }),
    });
    say({ type: 'channel:list', ref: 'r' });
    await clock.advance(5);
    expect(socket.frames).toMatchObject([
      { type: 'channels', ref: 'r', data: { items: [{ id: 'a' }], hasMore: true } },
    ]);
  });
});

describe('what moderators ask for that holds everywhere', () => {
  const roles = ['user', 'moderator'] as const;
  const moderator = { identity: identityFor({ ...userOf('mod'), roles }) };

  it('[BAN-6] `user:ban`, `user:unban`, `user:mute` and `user:unmute` are carried out and acknowledged', async () => {
    const { acts, clock, client } = runningGateway();
    const { socket, say } = client(moderator);
    await clock.advance(5);
    const user = { name: 'bob' };
    const terms = { reason: 'spam', seconds: 60 };
    say({ type: 'user:ban', ref: 'a', data: { user, ...terms, deleteSeconds: 30, address: '192.0.2.1' } });
    say({ type: 'user:mute', ref: 'b', data: { user: { id: 'u-bob' } } });
    say({ type: 'user:unban', ref: 'c', data: { user } });
    say({ type: 'user:unmute', ref: 'd', data: { user } });
    await clock.advance(5);
    expect(acts).toEqual([
      [
        ...['impose', 'u-mod'],
        { kind: 'ban', person: user, ...terms, deleteSeconds: 30, address: '192.0.2.1' },
      ],
      ['impose', 'u-mod', { kind: 'mute', person: { id: 'u-bob' } }],
      ['pardon', 'u-mod', 'ban', { person: user }],
      ['pardon', 'u-mod', 'mute', { person: user }],
    ]);
    expect(socket.answers).toEqual({ a: 'ack', b: 'ack', c: 'not_found', d: 'not_found' });
    const acks = socket.frames.filter(({ type }) => type === 'ack').map(({ data }) => data);
    expect(acks).toEqual([{ until: 5_000 }, { replaced: true }]);
  });

  it('[BAN-5] [BAN-6] not by others, whatever they send; not for no time, or half a second, or longer than a year', async () => {
    const { acts, clock, client } = runningGateway();
    const { socket, say } = client(moderator);
    const other = client(ada);
    await clock.advance(5);
    const user = { name: 'bob' };
    for (const data of [{ user, seconds: 5 }, { nonsense: 1 }, 7]) {
      other.say({ type: 'user:ban', ref: JSON.stringify(data), data });
    }
    other.say({ type: 'user:unmute', ref: 'u' });
    const bad = [
      ...[0, -1, 1.5, 31_536_001, '5', null].map((seconds) => ({ user, seconds })),
      ...[0, -1, 0.5, 604_801].map((deleteSeconds) => ({ user, deleteSeconds })),
      ...[{}, { user: 'bob' }, { user: {} }, { user: { id: '' } }, { user, reason: 5 }],
      { user, reason: 'a'.repeat(501) },
    ];
    for (const [index, data] of bad.entries()) say({ type: 'user:ban', ref: String(index), data });
    say({ type: 'user:mute', ref: 'm', channelId: 'room', data: { user } });
    await clock.advance(5);
    expect(new Set(Object.values(other.socket.answers))).toEqual(new Set(['forbidden']));
    expect(Object.keys(other.socket.answers)).toHaveLength(4);
    expect(new Set(Object.values(socket.answers))).toEqual(new Set(['bad_request']));
    expect(Object.keys(socket.answers)).toHaveLength(bad.length + 1);
    expect(acts).toEqual([]);
  });

  it('[BAN-6] with a channel a ban is the channel’s', async () => {
    const { acts, clock, client, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { say } = client(moderator);
    await clock.advance(5);
    say({ type: 'user:ban', channelId: 'room', data: { user: { name: 'bob' } } });
    await clock.advance(5);
    expect(acts).toEqual([]);
    expect(shard.kind('request')).toHaveLength(1);
  });
});
