import { describe, expect, it } from 'vitest';
import { ScriptedChat } from '../support/scripted-chat.ts';

describe('requests', () => {
  it('[SDK-20] wait for the connection and resolve with the data of their answer', async () => {
    const s = new ScriptedChat();
    const listing = s.chat.channels({ prefix: 'g' });
    await s.online();
    expect(s.socket.last('channel:list').data).toEqual({ prefix: 'g' });
    s.socket.answer('channel:list', 'channels', { items: [], hasMore: false });
    expect(await listing).toEqual({ items: [], hasMore: false });
    const search = s.chat.search('a "b c"', { channelId: 'general', limit: 5 });
    expect(s.socket.last('message:search').data).toEqual({ text: 'a "b c"', channelId: 'general', limit: 5 });
    s.socket.answer('message:search', 'results', { events: [], hasMore: true, next: 'm1' });
    expect(await search).toEqual({ events: [], hasMore: true, next: 'm1' });
    const ping = s.chat.ping();
    s.socket.answer('ping', 'pong', {});
    await ping;
    const refresh = s.chat.refresh('new');
    expect(s.socket.last('auth:refresh').data).toEqual({ token: 'new' });
    s.socket.answer('auth:refresh', 'ack', {});
    await refresh;
  });

  it('[SDK-20] reject with the code of an error', async () => {
    const s = new ScriptedChat();
    await s.online();
    const asking = s.chat.presence('nowhere', { limit: 3 });
    expect(s.socket.last('presence:get')).toMatchObject({ channelId: 'nowhere', data: { limit: 3 } });
    s.socket.answer('presence:get', 'error', { code: 'not_member', message: 'join first' });
    await expect(asking).rejects.toMatchObject({ code: 'not_member', message: 'join first' });
    const odd = s.chat.request('x');
    s.socket.answer('x', 'error', { code: 'from_the_future', message: 'what' });
    await expect(odd).rejects.toMatchObject({ code: 'internal', message: 'from_the_future: what' });
  });

  it('[SDK-20] are sent again after a reconnect, within their time', async () => {
    const s = new ScriptedChat();
    await s.online();
    const asking = s.chat.request('read:set', { data: { seq: 1 }, timeoutMs: 40_000 });
    await s.reconnect();
    expect(s.socket.last('read:set').data).toEqual({ seq: 1 });
    s.socket.answer('read:set', 'ack', { done: true });
    expect(await asking).toEqual({ done: true });
  });

  it('[SDK-54] change messages, again after a reconnect, and tell where that stands', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    const updating = s.chat.update('general', 'id-1', 'new');
    s.socket.drop();
    await s.retry();
    await s.welcome();
    s.answerJoin('general', []);
    expect(s.socket.last('message:update')).toMatchObject({
      channelId: 'general',
      data: { id: 'id-1', content: 'new' },
    });
    s.socket.answer('message:update', 'ack', { id: 'id-1', seq: 2, duplicate: true });
    expect(await updating).toEqual({ id: 'id-1', seq: 2, duplicate: true });
    const deleting = s.chat.delete('general', 'id-1');
    expect(s.socket.last('message:delete')).toMatchObject({ channelId: 'general', data: { id: 'id-1' } });
    s.socket.answer('message:delete', 'error', { code: 'forbidden', message: 'no' });
    await expect(deleting).rejects.toMatchObject({ code: 'forbidden', channelId: 'general' });
  });

  it('[SDK-20] reject when their time is over, connected or not', async () => {
    const s = new ScriptedChat({ requestTimeoutMs: 3_000 });
    const idle = expect(s.chat.channels()).rejects.toMatchObject({ code: 'unavailable' });
    await s.timers.advance(3_000);
    await idle;
    await s.online();
    const online = expect(s.chat.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await s.timers.advance(3_000);
    await online;
    expect(s.socket.sent.filter(({ type }) => type === 'ping')).toHaveLength(1);
  });

  it('[SDK-20] what would be said twice is sent once', async () => {
    const s = new ScriptedChat();
    await s.online();
    const plain = s.chat.request('whisper:send', { data: { to: { id: 'u-bob' }, content: 'psst' } });
    const keyed = s.chat.request('whisper:send', {
      data: { to: { id: 'u-bob' }, content: 'psst', clientMessageId: 'k' },
    });
    s.socket.drop();
    await expect(plain).rejects.toMatchObject({ code: 'unavailable' });
    await s.timers.advance(10_000);
    await s.welcome();
    expect(s.socket.sent.map(({ type, data }) => [type, data])).toEqual([
      ['hello', {}],
      ['whisper:send', { to: { id: 'u-bob' }, content: 'psst', clientMessageId: 'k' }],
    ]);
    s.socket.answer('whisper:send', 'ack', { id: 'w', seq: 1 });
    expect(await keyed).toEqual({ id: 'w', seq: 1 });
  });

  it('[SDK-21] go out no faster than the server takes them', async () => {
    const s = new ScriptedChat({ maxRequestsPerSecond: 10 });
    await s.online();
    s.socket.take();
    const asking = Array.from({ length: 25 }, () => s.chat.ping());
    expect(s.socket.take()).toHaveLength(20);
    await s.timers.advance(99);
    expect(s.socket.take()).toHaveLength(0);
    await s.timers.advance(201);
    expect(s.socket.take()).toHaveLength(3);
    await s.timers.advance(200);
    expect(s.socket.take()).toHaveLength(2);
    for (const { ref } of s.socket.sent.filter(({ type }) => type === 'ping')) {
      s.socket.deliver({ type: 'pong', ref, data: {} });
    }
    await Promise.all(asking);
  });

  it('[SDK-21] what the pace held back waits for the next connection', async () => {
    const s = new ScriptedChat({ maxRequestsPerSecond: 1 });
    await s.online();
    const asking = Array.from({ length: 4 }, (_, i) =>
      s.chat.request('x', { data: { i }, timeoutMs: 60_000 }),
    );
    expect(s.socket.sent.filter(({ type }) => type === 'x')).toHaveLength(2);
    await s.reconnect();
    await s.timers.advance(10_000);
    const sent = s.socket.sent.filter(({ type }) => type === 'x');
    expect(sent.map(({ data }) => data)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, { i: 3 }]);
    for (const { ref } of sent) s.socket.deliver({ type: 'ack', ref, data: {} });
    await Promise.all(asking);
    s.chat.close();
    expect(s.timers.pending).toBe(0);
  });

  it('[SDK-18] close takes back what the pace holds', async () => {
    const s = new ScriptedChat({ maxRequestsPerSecond: 1 });
    await s.online();
    const asking = Array.from({ length: 5 }, () => s.chat.ping().catch(() => 'closed'));
    s.chat.close();
    expect(s.timers.pending).toBe(0);
    expect(await Promise.all(asking)).toEqual(Array.from({ length: 5 }, () => 'closed'));
  });

  it('[SDK-24] what the server would close the connection for is not sent', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    s.socket.take();
    const long = 'é'.repeat(33_000);
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    await expect(s.chat.send('general', long)).rejects.toMatchObject({ code: 'too_large' });
    await expect(s.chat.send('general', 'x', { meta: loop })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(s.chat.request('x', { data: { long } })).rejects.toMatchObject({ code: 'too_large' });
    expect(s.socket.take()).toEqual([]);
    expect(s.chat.outbox).toEqual([]);
  });
});
