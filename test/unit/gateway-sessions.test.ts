import { describe, expect, it } from 'vitest';
import type { DirectoryPage } from '../../src/protocol/channel-directory.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok, type Result } from '../../src/protocol/result.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const HOUR_MS = 3_600_000;

/** A promise and what settles it. */
function later<T>() {
  let settle!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

describe('hello', () => {
  it('[CONN-3] welcome is the first frame: protocol, connection, server, user, heartbeat, channels', async () => {
    const { clock, client, tokens } = runningGateway();
    tokens.set('good', ok(identityOf('ada')));
    const { socket, say, connection } = client();
    say({ type: 'hello', data: { token: 'good' } });
    await clock.advance(5);
    expect(socket.frames[0]).toMatchObject({
      type: 'welcome',
      data: {
        protocol: 1,
        connectionId: `0-${connection.id}`,
        server: { id: 's', name: 'Test' },
        user: { id: 'u-ada', name: 'ada' },
        heartbeatMs: 25_000,
        channels: [],
      },
    });
    expect(socket.frames[0]?.data).not.toHaveProperty('guestToken');
  });

  it('[CONN-2] without a token makes a guest, who gets a guest token', async () => {
    const { clock, client } = runningGateway();
    const { socket, say } = client();
    say({ type: 'hello', data: { name: 'Ada' } });
    await clock.advance(5);
    expect(socket.frames[0]?.data).toMatchObject({ user: { name: 'Ada' }, guestToken: 'token of Ada' });
  });

  it('[CONN-1] a bad token closes with 4001, and what was sent behind it is not looked at', async () => {
    const { clock, client } = runningGateway();
    const { socket, say } = client();
    say({ type: 'hello', data: { token: 'bad' } });
    say({ type: 'ping', ref: 'p' });
    await clock.advance(5);
    expect(socket).toMatchObject({ writes: [], closes: [[4001, 'unauthorized']] });
  });

  it('[CONN-1] a ban closes with 4003', async () => {
    const { clock, client, tokens } = runningGateway();
    tokens.set('banned', fail(failure('banned', 'out')));
    const { socket, say } = client();
    say({ type: 'hello', data: { token: 'banned' } });
    await clock.advance(5);
    expect(socket.closes).toEqual([[4003, 'out']]);
  });

  it('[CONN-1] what can be mended, or passes, is an error, and the connection may try again', async () => {
    const { clock, client, tokens } = runningGateway();
    tokens.set('away', fail(failure('unavailable', 'away', 1_000)));
    tokens.set('good', ok(identityOf('ada')));
    const { socket, say } = client();
    say({ type: 'hello', ref: 'a', data: { name: 'bad name' } });
    await clock.advance(5);
    say({ type: 'hello', ref: 'b', data: { token: 'away' } });
    await clock.advance(5);
    say({ type: 'hello', ref: 'c', data: { token: 7 } });
    await clock.advance(5);
    say({ type: 'hello', ref: 'd', data: { token: 'good' } });
    await clock.advance(5);
    expect(socket.answers).toEqual({ a: 'bad_request', b: 'unavailable', c: 'bad_request', d: 'welcome' });
    expect(socket.closes).toEqual([]);
  });

  it('[CONN-6] before it every other request is unauthorized, a second one is conflict', async () => {
    const { clock, client } = runningGateway();
    const { socket, say } = client();
    say({ type: 'ping', ref: 'p' });
    say({ type: 'channel:join', ref: 'j', channelId: 'room' });
    say({ type: 'hello', ref: 'h' });
    say({ type: 'hello', ref: 'again' });
    await clock.advance(5);
    say({ type: 'hello', ref: 'and again' });
    await clock.advance(5);
    expect(socket.answers).toEqual({
      p: 'unauthorized',
      j: 'unauthorized',
      h: 'welcome',
      again: 'conflict',
      'and again': 'conflict',
    });
  });

  it('[CONN-5] what comes behind it waits for welcome, is worked off in order, and is bounded', async () => {
    const { clock, client, gate, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { promise, settle } = later<undefined>();
    gate.open = promise.then(() => undefined);
    const { socket, say } = client();
    say({ type: 'hello' });
    for (let count = 1; count <= 33; count += 1)
      say({ type: 'channel:join', ref: `${count}`, channelId: 'room' });
    await clock.advance(100);
    expect(socket.answers).toEqual({ 33: 'rate_limited' });
    settle(undefined);
    await clock.advance(5);
    expect(socket.frames[1]?.type).toBe('welcome');
    const refs = shard
      .kind('request')
      .map(([, , text]) => (JSON.parse(text as string) as { ref: string }).ref);
    expect(refs).toEqual(Array.from({ length: 32 }, (_, index) => `${index + 1}`));
  });

  it('[CONN-7] who says nothing for 10 s is closed with 4005; who said it in time is not', async () => {
    const { clock, client } = runningGateway();
    const [silent, timely] = [client(), client()];
    await clock.advance(9_999);
    timely.say({ type: 'hello' });
    expect(silent.socket.closes).toEqual([]);
    await clock.advance(1);
    expect(silent.socket.closes).toEqual([[4005, 'who are you?']]);
    await clock.advance(60_000);
    expect(timely.socket.closes).toEqual([]);
  });

  it('[CONN-7] a connection that breaks while it is let in is not opened', async () => {
    const { clock, client, gate, gateway } = runningGateway();
    const { promise, settle } = later<undefined>();
    gate.open = promise.then(() => undefined);
    const { socket, say, connection } = client();
    say({ type: 'hello' });
    await clock.advance(5);
    gateway.closed(connection, 1006);
    settle(undefined);
    await clock.advance(20_000);
    expect([socket.texts, connection.phase, gateway.connections]).toEqual([[], 'closed', 0]);
  });

  it('[CONN-8] a channel in the URL is joined first, before what the client sent', async () => {
    const { clock, client, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { say } = client(null, 'room');
    say({ type: 'hello' });
    say({ type: 'presence:get', ref: 'p', channelId: 'room' });
    await clock.advance(5);
    expect(shard.kind('request').map(([, , text]) => text)).toEqual([
      '{"type":"channel:join","channelId":"room"}',
      '{"type":"presence:get","ref":"p","channelId":"room"}',
    ]);
  });
});

describe('the list of channels', () => {
  it('[CONN-4] welcome waits 200 ms for it, then it follows', async () => {
    const { promise, settle } = later<Result<DirectoryPage>>();
    const { clock, client } = runningGateway({ list: () => promise });
    const { socket } = client({ identity: identityOf('ada') });
    await clock.advance(199);
    expect(socket.texts).toEqual([]);
    await clock.advance(1);
    expect(socket.frames).toMatchObject([{ type: 'welcome' }]);
    expect(socket.frames[0]?.data).not.toHaveProperty('channels');
    settle(ok({ items: [{ id: 'a', name: 'A', private: false }], hasMore: false }));
    await clock.advance(5);
    expect(socket.frames[1]).toMatchObject({
      type: 'channels',
      data: { items: [{ id: 'a' }], hasMore: false },
    });
  });

  it('[CONN-4] one list serves who comes within a second; a store that is away is left out', async () => {
    let asked = 0;
    const { clock, client } = runningGateway({
      list: async () => {
        asked += 1;
        return fail(failure('unavailable', 'away', 1_000));
      },
    });
    for (let count = 0; count < 5; count += 1) client({ identity: identityOf('ada') });
    await clock.advance(900);
    const { socket } = client({ identity: identityOf('ada') });
    await clock.advance(1);
    expect([asked, socket.frames.map(({ type }) => type)]).toEqual([1, ['welcome']]);
    await clock.advance(200);
    client({ identity: identityOf('ada') });
    await clock.advance(1);
    expect(asked).toBe(2);
  });
});

describe('a list of channels that could not be had', () => {
  it('[CONN-4] follows welcome when the store is back', async () => {
    let away = true;
    const { clock, client } = runningGateway({
      list: async () =>
        away
          ? fail(failure('unavailable', 'away', 1_000))
          : ok({ items: [{ id: 'a', name: 'A', private: false }], hasMore: false }),
    });
    const { socket } = client({ identity: identityOf('ada') });
    await clock.advance(3_000);
    expect(socket.frames.map(({ type }) => type)).toEqual(['welcome']);
    away = false;
    await clock.advance(3_000);
    expect(socket.frames[1]).toMatchObject({ type: 'channels', data: { items: [{ id: 'a' }] } });
    expect(socket.frames).toHaveLength(2);
  });
});

describe('the end of a token', () => {
  it('[CONN-10] closes with 4002, at its time', async () => {
    const { clock, client } = runningGateway();
    const { socket } = client({ identity: identityOf('ada', clock.now() + 20_000) });
    await clock.advance(19_999);
    expect(socket.closes).toEqual([]);
    await clock.advance(1);
    expect(socket.closes).toEqual([[4002, 'token expired']]);
  });

  it('[CONN-15] is by the wall clock: when that is set forward beyond it, the connection ends within a second', async () => {
    const { clock, client } = runningGateway();
    const { socket } = client({ identity: identityOf('ada', clock.now() + HOUR_MS - 10_000) });
    const later = client({ identity: identityOf('bob', clock.now() + HOUR_MS + 10_000) }).socket;
    await clock.advance(5_500);
    clock.step(HOUR_MS);
    await clock.advance(1_000);
    expect(socket.closes).toEqual([[4002, 'token expired']]);
    expect(later.closes).toEqual([]);
    await clock.advance(3_500);
    expect(later.closes).toEqual([[4002, 'token expired']]);
  });

  it('[CONN-15] when it is set back, the connection ends no sooner', async () => {
    const { clock, client } = runningGateway();
    const { socket } = client({ identity: identityOf('ada', clock.now() + 20_000) });
    await clock.advance(5_500);
    clock.step(-10_000);
    await clock.advance(24_400);
    expect(socket.closes).toEqual([]);
    await clock.advance(100);
    expect(socket.closes).toEqual([[4002, 'token expired']]);
  });

  it('[CONN-10] auth:refresh moves it, and tells the shards who the user is now', async () => {
    const { clock, client, tokens, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { socket, say } = client({ identity: identityOf('ada', clock.now() + 20_000) });
    await clock.advance(5);
    say({ type: 'channel:join', channelId: 'room' });
    const next = identityOf('ada', clock.now() + 40_000);
    tokens.set('next', ok({ ...next, user: { ...next.user, roles: ['user', 'moderator'] } }));
    say({ type: 'auth:refresh', ref: 'r', data: { token: 'next' } });
    await clock.advance(20_000);
    expect(socket).toMatchObject({ answers: { r: 'ack' }, closes: [] });
    expect(shard.kind('attach').map(([, user]) => (user as { roles: string[] }).roles)).toEqual([
      ['user'],
      ['user', 'moderator'],
    ]);
    await clock.advance(20_005);
    expect(socket.closes).toEqual([[4002, 'token expired']]);
  });

  it('[CONN-10] a token of someone else is forbidden, a bad one unauthorized; the old one holds', async () => {
    const { clock, client, tokens } = runningGateway();
    tokens.set('other', ok(identityOf('bob')));
    const { socket, say } = client({ identity: identityOf('ada', clock.now() + 1_000) });
    await clock.advance(5);
    say({ type: 'auth:refresh', ref: 'other', data: { token: 'other' } });
    say({ type: 'auth:refresh', ref: 'bad', data: { token: 'bad' } });
    await clock.advance(5);
    expect(socket.answers).toEqual({ other: 'forbidden', bad: 'unauthorized' });
    await clock.advance(1_000);
    expect(socket.closes).toEqual([[4002, 'token expired']]);
  });

  it('[CONN-10] one without end has none', async () => {
    const { clock, client, tokens } = runningGateway();
    tokens.set('endless', ok(identityOf('ada')));
    const { socket, say, connection } = client({ identity: identityOf('ada', clock.now() + 1_000) });
    await clock.advance(5);
    say({ type: 'auth:refresh', ref: 'r', data: { token: 'endless' } });
    for (let count = 0; count < 20; count += 1) {
      await clock.advance(2_000);
      connection.heardAt += 2;
    }
    expect(socket.closes).toEqual([]);
  });
});

describe('a connection that ended', () => {
  it('[CONN-12] counts by what it was closed with, also when its client never answers; else by what came', () => {
    const { gateway, client, closes } = runningGateway();
    const [slow, gone] = [client(), client()];
    slow.connection.close(4201, 'too slow');
    gateway.closed(slow.connection, 1006);
    gateway.closed(gone.connection, 1001);
    expect(closes).toEqual([4201, 1001]);
  });
});

describe('a connection that reads slowly', () => {
  it('[CONN-12] counts among the slow ones, with what it leaves unread', () => {
    const { gateway, client } = runningGateway();
    const [one, other] = [client(), client()];
    one.socket.writableLength = 64 * 1024 + 1;
    other.socket.writableLength = 64 * 1024;
    expect([gateway.slowSockets, gateway.socketBacklogBytes]).toEqual([1, 128 * 1024 + 1]);
  });
});
