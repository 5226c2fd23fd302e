import { describe, expect, it } from 'vitest';
import { message, ScriptedChat } from '../support/scripted-chat.ts';

const contents = (s: ScriptedChat): unknown[] =>
  s.socket
    .take()
    .filter(({ type }) => type === 'message:send')
    .map(({ data }) => (data as { content: string }).content);

describe('sending', () => {
  it('[SDK-6] sends again with the same clientMessageId until it is answered', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    const sending = s.chat.send('general', 'hi', { meta: { a: 1 }, replyTo: 'r' });
    const data = { content: 'hi', clientMessageId: 'm1', meta: { a: 1 }, replyTo: 'r' };
    expect(s.socket.last('message:send').data).toEqual(data);
    for (let i = 0; i < 3; i += 1) {
      await s.reconnect();
      s.answerJoin('general', [], { recovered: true });
      expect(s.socket.last('message:send').data).toEqual(data);
    }
    s.socket.answer('message:send', 'ack', { id: 'x', seq: 1, duplicate: true });
    expect(await sending).toEqual({ id: 'x', seq: 1, duplicate: true });
    expect(s.chat.outbox).toEqual([]);
  });

  it('[SDK-6] sends again when no answer comes on a connection that lives', async () => {
    const s = new ScriptedChat({ requestTimeoutMs: 5_000 });
    await s.online();
    await s.joined('general', 0);
    const sending = s.chat.send('general', 'hi', { clientMessageId: 'mine' });
    const first = s.socket.last('message:send');
    await s.timers.advance(5_000);
    const second = s.socket.last('message:send');
    expect(second).toMatchObject({ data: { clientMessageId: 'mine' } });
    expect(second.ref).not.toBe(first.ref);
    s.socket.deliver({ type: 'ack', ref: first.ref, data: { id: 'late', seq: 1 } });
    s.socket.answer('message:send', 'ack', { id: 'x', seq: 1 });
    expect(await sending).toMatchObject({ id: 'x' });
  });

  it('[SDK-7] keeps the order of a channel, one at a time, and channels apart', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('a', 0);
    await s.joined('b', 0);
    const sends = ['a1', 'a2', 'a3'].map((text) => s.chat.send('a', text));
    const other = s.chat.send('b', 'b1');
    expect(contents(s)).toEqual(['a1', 'b1']);
    s.socket.answer('message:send', 'ack', { id: 'b1', seq: 1 });
    await other;
    const first = s.socket.sent.find(({ data }) => (data as { content?: string }).content === 'a1')!;
    s.socket.deliver({ type: 'ack', ref: first.ref, data: { id: 'a1', seq: 1 } });
    expect(contents(s)).toEqual(['a2']);
    s.socket.answer('message:send', 'error', { code: 'slow_mode', message: 'slow', retryAfterMs: 2_000 });
    expect(contents(s)).toEqual([]);
    await s.timers.advance(2_250);
    expect(contents(s)).toEqual(['a2']);
    s.socket.answer('message:send', 'ack', { id: 'a2', seq: 2 });
    expect(contents(s)).toEqual(['a3']);
    s.socket.answer('message:send', 'ack', { id: 'a3', seq: 3 });
    expect(await Promise.all(sends)).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
  });

  for (const code of ['rate_limited', 'slow_mode', 'overloaded', 'unavailable']) {
    it(`[SDK-8] ${code}: waits as long as asked, and no more often than allowed`, async () => {
      const s = new ScriptedChat({ maxSendAttempts: 3 });
      s.luck = 0;
      await s.online();
      await s.joined('general', 0);
      const sending = s.chat.send('general', 'hi');
      for (let tries = 1; tries < 3; tries += 1) {
        expect(contents(s)).toEqual(['hi']);
        s.socket.answer('message:send', 'error', { code, message: 'wait', retryAfterMs: 1_500 });
        expect(s.payloads('outbox').at(-1)).toMatchObject({ change: 'delayed', retryInMs: 1_500 });
        await s.timers.advance(1_499);
        expect(contents(s)).toEqual([]);
        await s.timers.advance(1);
      }
      s.socket.answer('message:send', 'error', { code, message: 'wait', retryAfterMs: 1_500 });
      await expect(sending).rejects.toMatchObject({ code, retryAfterMs: 1_500 });
    });
  }

  it('[SDK-8] a delay beyond the bound is an error at once', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    const sending = s.chat.send('general', 'hi');
    s.socket.answer('message:send', 'error', { code: 'slow_mode', message: 'slow', retryAfterMs: 3_600_000 });
    await expect(sending).rejects.toMatchObject({ code: 'slow_mode', retryAfterMs: 3_600_000 });
  });

  it('[SDK-8] other refusals reject, and the next message goes out', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    const first = s.chat.send('general', 'bad');
    const second = s.chat.send('general', 'good');
    s.socket.answer('message:send', 'error', { code: 'too_large', message: 'too long' });
    await expect(first).rejects.toMatchObject({ name: 'ChatError', code: 'too_large', channelId: 'general' });
    s.socket.answer('message:send', 'ack', { id: 'x', seq: 1 });
    expect(await second).toEqual({ id: 'x', seq: 1 });
    expect(s.payloads('outbox').map(({ change, size }) => [change, size])).toEqual([
      ['added', 1],
      ['added', 2],
      ['failed', 1],
      ['sent', 0],
    ]);
  });

  it('[HELD-1] resolves with `held` and no place when a moderator has to see the message first', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('a', 0);
    const sent = s.chat.send('a', 'hm');
    s.socket.answer('message:send', 'ack', { id: 'x', held: true });
    expect(await sent).toEqual({ id: 'x', seq: 0, held: true });
  });

  it('[SDK-9] is bounded', async () => {
    const s = new ScriptedChat({ maxOutbox: 2 });
    const waiting = [s.chat.send('a', '1'), s.chat.send('b', '2')];
    await expect(s.chat.send('c', '3')).rejects.toMatchObject({ code: 'overloaded' });
    expect(s.chat.outbox.map(({ content }) => content)).toEqual(['1', '2']);
    s.chat.close();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[SDK-9] holds 1,000 by default', async () => {
    const s = new ScriptedChat();
    const waiting = Array.from({ length: 1_000 }, (_, i) =>
      s.chat.send('a', String(i)).catch(() => 'closed'),
    );
    await expect(s.chat.send('a', 'more')).rejects.toMatchObject({ code: 'overloaded' });
    s.chat.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['closed']));
  });

  it('[SDK-10] a message that was sent before connect goes out when its channel is joined', async () => {
    const s = new ScriptedChat();
    const sending = s.chat.send('general', 'early');
    const joining = s.chat.join('general');
    const history = s.chat.history('general');
    await s.online();
    expect(s.socket.sent.map(({ type }) => type)).toEqual(['hello', 'channel:join']);
    s.answerJoin('general', [], {});
    await joining;
    expect(s.socket.sent.map(({ type }) => type)).toEqual([
      'hello',
      'channel:join',
      'message:send',
      'history:get',
    ]);
    s.socket.answer('history:get', 'history', { events: [message('general', 1)], hasMore: false });
    s.socket.answer('message:send', 'ack', { id: 'x', seq: 1 });
    expect(await sending).toEqual({ id: 'x', seq: 1 });
    expect((await history).events).toHaveLength(1);
  });

  it('[SDK-10] leaving gives up what waits, not what is on its way', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 0);
    const first = s.chat.send('general', '1');
    const second = s.chat.send('general', '2');
    const leaving = s.chat.leave('general');
    await expect(second).rejects.toMatchObject({ code: 'not_member' });
    s.socket.answer('message:send', 'ack', { id: 'x', seq: 1 });
    s.socket.answer('channel:leave', 'ack', {});
    expect(await first).toEqual({ id: 'x', seq: 1 });
    await leaving;
  });
});
