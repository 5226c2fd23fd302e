import { describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../src/client/emitter.ts';
import { BOB, message, ScriptedChat } from '../support/scripted-chat.ts';

const typing = (type: 'typing:start' | 'typing:stop') => ({
  type,
  channelId: 'general',
  data: { user: BOB },
});
const on = { channelId: 'general', user: BOB, typing: true };
const off = { channelId: 'general', user: BOB, typing: false };

async function chatting(): Promise<ScriptedChat> {
  const s = new ScriptedChat();
  await s.online();
  await s.joined('general', 0);
  s.socket.take();
  return s;
}

describe('typing of others', () => {
  it('[SDK-15] ends with typing:stop, and is told once however often it is said', async () => {
    const s = await chatting();
    s.socket.deliver(typing('typing:start'));
    s.socket.deliver(typing('typing:start'));
    s.socket.deliver(typing('typing:stop'));
    s.socket.deliver(typing('typing:stop'));
    expect(s.payloads('typing')).toEqual([on, off]);
  });

  it('[SDK-15] ends by itself 7 s after it was said last', async () => {
    const s = await chatting();
    s.socket.deliver(typing('typing:start'));
    await s.timers.advance(5_000);
    s.socket.deliver(typing('typing:start'));
    await s.timers.advance(6_999);
    expect(s.payloads('typing')).toEqual([on]);
    await s.timers.advance(1);
    expect(s.payloads('typing')).toEqual([on, off]);
  });

  it('[SDK-15] ends with a message, with leaving, and with the connection', async () => {
    const s = await chatting();
    s.socket.deliver(typing('typing:start'));
    s.socket.deliver(message('general', 1));
    expect(s.payloads('typing')).toEqual([on, off]);
    s.socket.deliver(typing('typing:start'));
    s.socket.deliver({ type: 'presence:leave', channelId: 'general', data: { user: BOB } });
    expect(s.payloads('typing')).toHaveLength(4);
    s.socket.deliver(typing('typing:start'));
    s.socket.drop();
    expect(s.payloads('typing').slice(4)).toEqual([on, off]);
  });
});

describe('messages that change', () => {
  it('[SDK-54] are told as events; those that were deleted since aren’t told as messages', async () => {
    const s = await chatting();
    const event = (type: string, seq: number, data: object) => ({
      ...{ type, channelId: 'general', seq, timestamp: seq },
      data,
    });
    const events = [
      message('general', 1),
      event('message:updated', 2, { id: 'id-1', content: 'new', editedAt: 2, author: BOB }),
      event('message:deleted', 3, { id: 'id-1', by: BOB }),
      event('message:created', 4, { id: 'id-4', author: BOB, deleted: true }),
      event('message:updated', 5, { id: 'id-4' }),
    ];
    for (const each of events) s.socket.deliver(each);
    expect(s.payloads('event')).toEqual(events);
    expect(s.payloads('message')).toEqual([events[0]]);
  });
});

describe('own typing', () => {
  it('[SDK-16] is said every 3 s at most', async () => {
    const s = await chatting();
    for (let i = 0; i < 40; i += 1) {
      s.chat.typing('general', true);
      await s.timers.advance(100);
    }
    expect(s.socket.take()).toEqual([
      { type: 'typing:start', channelId: 'general' },
      { type: 'typing:start', channelId: 'general' },
    ]);
    s.chat.typing('general', false);
    s.chat.typing('general', false);
    expect(s.socket.take()).toEqual([{ type: 'typing:stop', channelId: 'general' }]);
  });

  it('[SDK-16] is said again after a message, and never where one has not joined', async () => {
    const s = await chatting();
    s.chat.typing('general', true);
    void s.chat.send('general', 'hi').catch(() => undefined);
    s.chat.typing('general', true);
    s.chat.typing('elsewhere', true);
    expect(s.socket.take().map(({ type }) => type)).toEqual(['typing:start', 'message:send', 'typing:start']);
    s.socket.drop();
    s.chat.typing('general', true);
    s.chat.close();
  });
});

describe('events', () => {
  it('[SDK-1] presence and lists are told as they come', async () => {
    const s = await chatting();
    s.socket.deliver({ type: 'presence:join', channelId: 'general', data: { user: BOB } });
    s.socket.deliver({ type: 'presence:leave', channelId: 'general', data: { user: BOB } });
    s.socket.deliver({ type: 'presence:count', channelId: 'general', data: { count: 201 } });
    s.socket.deliver({ type: 'presence:join', channelId: 'unknown', data: { user: BOB } });
    expect(s.payloads('presence').slice(1)).toEqual([
      { kind: 'join', channelId: 'general', user: BOB },
      { kind: 'leave', channelId: 'general', user: BOB },
      { kind: 'count', channelId: 'general', count: 201 },
    ]);
    const general = { id: 'general', name: 'general', private: false };
    s.socket.deliver({ type: 'channels', data: { items: [general], hasMore: false } });
    expect(s.payloads('channels')).toEqual([[general]]);
    s.socket.deliver({ type: 'error', channelId: 'general', data: { code: 'muted', message: 'muted' } });
    expect(s.payloads('error')).toMatchObject([{ code: 'muted', channelId: 'general' }]);
    s.socket.deliver({ type: 'void', channelId: 'general', seq: 1 });
    expect(s.payloads('event')).toMatchObject([{ type: 'void', seq: 1 }]);
    expect(s.payloads('message')).toEqual([]);
  });

  it('[SDK-22] a listener that throws stops nobody', async () => {
    const thrown: unknown[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((run) => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    });
    const emitter = new Emitter<{ it: number }>();
    const heard: number[] = [];
    const stop = emitter.on('it', () => {
      throw new Error('mine');
    });
    emitter.on('it', (n) => heard.push(n));
    emitter.emit('it', 1);
    stop();
    emitter.emit('it', 2);
    queue.mockRestore();
    expect(heard).toEqual([1, 2]);
    expect(thrown).toEqual([new Error('mine')]);
  });
});
