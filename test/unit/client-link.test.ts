import { describe, expect, it } from 'vitest';
import { fullJitter } from '../../src/client/backoff.ts';
import { ChatClient } from '../../src/client/chat-client.ts';
import { socketUrl } from '../../src/client/client-socket.ts';
import type { GuestTokenStore } from '../../src/client/guest-token-store.ts';
import { settled } from '../support/fake-timers.ts';
import { fakeSockets } from '../support/fake-socket.ts';
import { ScriptedChat } from '../support/scripted-chat.ts';

function store(first: string | null): GuestTokenStore & { value: string | null } {
  return {
    value: first,
    get() {
      return this.value;
    },
    set(token) {
      this.value = token;
    },
  };
}

describe('identity', () => {
  it('[SDK-17] presents a token in hello and nowhere else', async () => {
    const s = new ScriptedChat({ url: 'https://chat.test', token: () => Promise.resolve('secret') });
    await s.online();
    expect(s.socket.url).toBe('wss://chat.test/ws');
    expect(s.socket.sent).toEqual([{ type: 'hello', ref: 'hello', data: { token: 'secret' } }]);
    expect(s.chat.user).toMatchObject({ name: 'ada' });
  });

  it('[SDK-17] keeps the guest token of welcome and presents it next time', async () => {
    const kept = store(null);
    const s = new ScriptedChat({ name: 'Ada', guestTokenStore: kept });
    await s.online({ guestToken: 'g1' });
    expect(s.socket.sent[0]!.data).toEqual({ name: 'Ada' });
    expect(kept.value).toBe('g1');
    await s.reconnect();
    expect(s.socket.sent[0]!.data).toEqual({ name: 'Ada', guestToken: 'g1' });
    const later = new ScriptedChat({ guestTokenStore: kept });
    await later.online();
    expect(later.socket.sent[0]!.data).toEqual({ guestToken: 'g1' });
    const given = new ScriptedChat({ guestTokenStore: kept, guestToken: 'g0' });
    await given.online();
    expect(given.socket.sent[0]!.data).toEqual({ guestToken: 'g0' });
  });

  it('[SDK-17] uses the renewed token after refresh', async () => {
    const s = new ScriptedChat({ token: 'old' });
    await s.online();
    const refresh = s.chat.refresh('new');
    s.socket.answer('auth:refresh', 'ack', {});
    await refresh;
    await s.reconnect();
    expect(s.socket.sent[0]!.data).toEqual({ token: 'new' });
  });

  it('[SDK-17] finds the address of the socket', () => {
    expect(socketUrl('http://h:8080')).toBe('ws://h:8080/ws');
    expect(socketUrl('https://h/chat/ws?x=1#y')).toBe('wss://h/chat/ws?x=1');
    expect(socketUrl('ws://h/ws')).toBe('ws://h/ws');
    expect(() => new ChatClient({ url: 'nowhere' })).toThrow(TypeError);
  });
});

describe('reconnecting', () => {
  it('[SDK-11] waits with full jitter up to a ceiling that doubles', async () => {
    expect([0, 1, 2, 6, 7, 50].map((attempt) => fullJitter(attempt, () => 1))).toEqual([
      250, 500, 1_000, 16_000, 30_000, 30_000,
    ]);
    const s = new ScriptedChat();
    s.luck = 0.5;
    const connecting = s.chat.connect();
    for (let i = 0; i < 4; i += 1) {
      await settled();
      s.socket.drop();
      await s.retry();
    }
    await s.welcome();
    await connecting;
    expect(s.payloads('closed').map(({ retryInMs }) => retryInMs)).toEqual([125, 250, 500, 1_000]);
    expect(s.payloads('state')).toEqual([
      'connecting',
      ...Array.from({ length: 4 }, () => ['waiting', 'connecting']).flat(),
      'online',
    ]);
  });

  it('[SDK-11] only a stable minute sets the delay back', async () => {
    const s = new ScriptedChat();
    await s.online();
    const lived = async (ms: number): Promise<void> => {
      // Something is heard now and then.
      for (let left = ms; left > 0; left -= 20_000) {
        await s.timers.advance(Math.min(left, 20_000));
        s.socket.deliver({ type: 'noise' });
      }
      await s.reconnect();
    };
    for (const ms of [1_000, 59_000, 60_000, 10]) await lived(ms);
    expect(s.payloads('closed').map(({ retryInMs }) => retryInMs)).toEqual([125, 250, 125, 250]);
  });

  it('[SDK-11] a token function that fails is asked again', async () => {
    let calls = 0;
    const s = new ScriptedChat({
      token: () => {
        calls += 1;
        if (calls === 1) throw new Error('no network');
        return 't';
      },
    });
    const connecting = s.chat.connect();
    await s.retry();
    await s.welcome();
    await connecting;
    expect(calls).toBe(2);
    expect(s.payloads('error')).toMatchObject([{ code: 'unauthorized' }]);
  });

  it('[SDK-11] a token function that never answers is given up and asked again', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let calls = 0;
    const s = new ScriptedChat({
      connectTimeoutMs: 5_000,
      token: () => ((calls += 1) === 1 ? promise : `t${calls}`),
    });
    const connecting = s.chat.connect();
    await s.timers.advance(5_000);
    expect(s.payloads('error')).toMatchObject([{ message: /no token in 5000 ms/ }]);
    resolve('late');
    await s.retry();
    await s.welcome();
    await connecting;
    expect(s.sockets.map(({ sent }) => sent[0]!.data)).toEqual([{ token: 't2' }]);
    s.chat.close();
    expect(s.timers.pending).toBe(0);
  });

  it('[SDK-18] a listener of the state may close the client at once', async () => {
    const s = new ScriptedChat({ token: () => 't' });
    s.chat.on('state', (state) => {
      if (state === 'connecting') s.chat.close();
    });
    await expect(s.chat.connect()).rejects.toMatchObject({ code: 'unavailable' });
    expect([s.timers.pending, s.sockets.length]).toEqual([0, 0]);
  });

  it('[SDK-11] gives up a socket that brings no welcome', async () => {
    const s = new ScriptedChat({ connectTimeoutMs: 5_000 });
    const connecting = s.chat.connect();
    await settled();
    const first = s.socket;
    first.open();
    await s.timers.advance(5_000);
    expect(first.closedByClient).toBe(true);
    await s.retry();
    await s.welcome();
    await connecting;
    expect(s.sockets).toHaveLength(2);
  });

  it.each([
    [4001, 'unauthorized'],
    [4003, 'banned'],
    [4004, 'unauthorized'],
    [4008, 'rate_limited'],
    [4077, 'unauthorized'],
  ])('[SDK-12] %i stops and rejects everything that waits with %s', async (closeCode, code) => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    const waiting = [s.chat.send('general', 'hi'), s.chat.ping(), s.chat.join('other')];
    s.socket.drop(closeCode, '');
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code });
    expect(s.chat.state).toBe('stopped');
    expect(s.payloads('error')).toMatchObject([{ code, closeCode }]);
    expect(s.payloads('closed')).toEqual([{ code: closeCode, reason: '', retryInMs: null }]);
    expect(s.timers.pending).toBe(0);
    await expect(s.chat.send('general', 'late')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[SDK-12] connect rejects when the identity is refused', async () => {
    const s = new ScriptedChat({ token: 'bad' });
    const connecting = expect(s.chat.connect()).rejects.toMatchObject({
      code: 'unauthorized',
      closeCode: 4001,
    });
    await settled();
    s.socket.open();
    s.socket.drop(4001, 'bad token');
    await connecting;
    const named = new ScriptedChat({ name: '\u0000' });
    const naming = expect(named.chat.connect()).rejects.toMatchObject({ code: 'bad_request' });
    await settled();
    named.socket.open();
    named.socket.answer('hello', 'error', { code: 'bad_request', message: 'name' });
    await naming;
    expect(named.socket.closedByClient).toBe(true);
  });

  it('[SDK-12] 4002 asks a token function once more', async () => {
    let calls = 0;
    const s = new ScriptedChat({ token: () => `t${(calls += 1)}` });
    await s.online();
    s.socket.drop(4002, 'expired');
    await s.retry();
    await s.welcome();
    expect(s.socket.sent[0]!.data).toEqual({ token: 't2' });
    s.socket.drop(4002, 'expired');
    await s.retry();
    s.socket.open();
    s.socket.drop(4002, 'expired');
    expect(s.chat.state).toBe('stopped');
    const fixed = new ScriptedChat({ token: 't' });
    await fixed.online();
    fixed.socket.drop(4002, 'expired');
    expect(fixed.chat.state).toBe('stopped');
  });

  it('[SDK-12] a guest whom the server no longer knows comes once as a new one', async () => {
    const kept = store('stale');
    const s = new ScriptedChat({ guestTokenStore: kept });
    const connecting = s.chat.connect();
    await settled();
    s.socket.open();
    expect(s.socket.sent[0]!.data).toEqual({ guestToken: 'stale' });
    s.socket.drop(4001, 'unknown guest');
    await s.retry();
    s.socket.open();
    expect(s.socket.sent[0]!.data).toEqual({});
    s.socket.drop(4001, 'no guests');
    await expect(connecting).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('[SDK-13] 42xx comes back after a small jitter and the delay of a draining server', async () => {
    const s = new ScriptedChat();
    await s.online();
    s.socket.drop(4200, '1500');
    await s.timers.advance(1_624);
    expect(s.sockets).toHaveLength(1);
    await s.timers.advance(1);
    expect(s.sockets).toHaveLength(2);
    await s.welcome();
    s.socket.drop(4201, 'too slow');
    expect(s.payloads('closed').map(({ retryInMs }) => retryInMs)).toEqual([1_625, 250]);
  });

  it('[SDK-13] a drain after failures comes back as soon as any', async () => {
    const s = new ScriptedChat();
    const connecting = s.chat.connect();
    for (let i = 0; i < 5; i += 1) {
      await settled();
      s.socket.drop();
      await s.retry();
    }
    await s.welcome();
    await connecting;
    s.socket.drop(4200, 'not a number');
    expect(s.payloads('closed').at(-1)).toMatchObject({ retryInMs: 125 });
  });
});

describe('silence', () => {
  it('[SDK-14] asks after heartbeatMs and reconnects when nothing comes', async () => {
    const s = new ScriptedChat();
    await s.online({ heartbeatMs: 10_000 });
    await s.timers.advance(6_000);
    s.socket.deliver({ type: 'noise' });
    s.socket.take();
    await s.timers.advance(9_999);
    expect(s.socket.take()).toEqual([]);
    await s.timers.advance(1);
    expect(s.socket.take()).toEqual([{ type: 'ping', ref: 'heartbeat' }]);
    s.socket.deliver({ type: 'pong', ref: 'heartbeat', data: {} });
    await s.timers.advance(10_000);
    expect(s.socket.take()).toHaveLength(1);
    await s.timers.advance(5_000);
    expect(s.sockets[0]!.closedByClient).toBe(true);
    expect(s.payloads('closed')).toMatchObject([{ code: 1006, retryInMs: 125 }]);
    expect(s.payloads('frame')).toEqual([{ type: 'noise' }]);
  });

  it('[SDK-14] what is no frame breaks the connection, not the client', async () => {
    for (const text of ['', 'nonsense', '[]', 'null', '{"type":1}']) {
      const s = new ScriptedChat();
      await s.online();
      s.socket.deliverText(text);
      expect(s.chat.state).toBe('waiting');
      s.chat.close();
    }
  });
});

describe('close', () => {
  it('[SDK-18] rejects everything that waits and leaves no timer', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    s.socket.deliver({ type: 'typing:start', channelId: 'general', data: { user: { id: 'b', name: 'b' } } });
    const waiting = [
      s.chat.send('general', 'hi'),
      s.chat.send('general', 'ho'),
      s.chat.join('other'),
      s.chat.history('general'),
      s.chat.ping(),
    ];
    s.chat.close();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'unavailable' });
    expect(s.timers.pending).toBe(0);
    expect(s.socket.closedByClient).toBe(true);
    s.socket.drop();
    s.socket.deliver({ type: 'noise' });
    expect(s.payloads('closed')).toEqual([]);
    expect(s.chat.state).toBe('stopped');
  });

  it.each(['at once', 'while connecting', 'while waiting'])('[SDK-18] %s', async (when) => {
    const s = new ScriptedChat();
    const connecting = expect(s.chat.connect()).rejects.toMatchObject({ code: 'unavailable' });
    if (when !== 'at once') await settled();
    if (when === 'while waiting') s.socket.drop();
    s.chat.close();
    await connecting;
    await settled();
    expect(s.timers.pending).toBe(0);
    expect(s.sockets.every(({ closedByClient }) => closedByClient)).toBe(when !== 'while waiting');
  });

  it('[SDK-18] connect begins anew', async () => {
    const s = new ScriptedChat();
    await s.online();
    s.chat.close();
    await s.online();
    expect(s.chat.state).toBe('online');
    expect(await s.chat.connect()).toMatchObject({ protocol: 1 });
  });

  it('[SDK-18] an address that the platform refuses rejects connect', async () => {
    class Refusing extends fakeSockets().socketClass {
      constructor(url: string) {
        super(url);
        throw new Error('mixed content');
      }
    }
    const s = new ScriptedChat({ webSocket: Refusing });
    await expect(s.chat.connect()).rejects.toMatchObject({ code: 'bad_request' });
    expect(s.chat.state).toBe('stopped');
  });
});
