import { describe, expect, it } from 'vitest';
import { ADA, BOB, message, messages, ScriptedChat } from '../support/scripted-chat.ts';

describe('joining', () => {
  it('[SDK-5] tells a join, then its page, and resolves with the view', async () => {
    const s = new ScriptedChat();
    await s.online();
    const joining = s.chat.join('general', { limit: 2 });
    expect(s.socket.last('channel:join')).toMatchObject({ channelId: 'general', data: { limit: 2 } });
    s.answerJoin('general', messages('general', 8, 9), { seq: 9, members: [ADA, BOB], memberCount: 2 });
    expect(await joining).toEqual({
      channelId: 'general',
      epoch: 'e1',
      seq: 9,
      recovered: null,
      members: [ADA, BOB],
      memberCount: 2,
      settings: null,
      role: null,
      muted: null,
    });
    const order = s.told.slice(s.told.findIndex(({ event }) => event === 'joined')).map(({ event }) => event);
    expect(order).toEqual(['joined', 'presence', 'event', 'message', 'event', 'message']);
    expect(s.chat.resumePoint('general')).toEqual({ epoch: 'e1', seq: 9 });
  });

  it('[SDK-5] resumes over several pages while live events wait', async () => {
    const s = new ScriptedChat();
    await s.online();
    let resolved = false;
    const joining = s.chat.join('general', { recover: { epoch: 'e1', seq: 2 } });
    void joining.then(() => (resolved = true));
    expect(s.socket.last('channel:join').data).toEqual({ recover: { epoch: 'e1', seq: 2 } });
    s.answerJoin('general', messages('general', 3, 4), { seq: 7, recovered: true, hasMore: true });
    s.socket.deliver(message('general', 8));
    expect(s.places).toEqual([3, 4]);
    expect(s.socket.last('history:get')).toMatchObject({
      channelId: 'general',
      data: { afterSeq: 4, limit: 200 },
    });
    s.socket.answer('history:get', 'history', { events: messages('general', 5, 6), hasMore: true });
    await s.timers.advance(0);
    expect(resolved).toBe(false);
    s.socket.answer('history:get', 'history', { events: messages('general', 7, 8), hasMore: false });
    await joining;
    expect(s.places).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('[SDK-2] joins again after a reconnect, with what it told last', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 3);
    s.socket.deliver(message('general', 4));
    await s.reconnect();
    expect(s.socket.last('channel:join').data).toEqual({ recover: { epoch: 'e1', seq: 4 } });
    s.answerJoin('general', messages('general', 5, 6), { seq: 6, recovered: true });
    s.socket.deliver(message('general', 7));
    expect(s.places).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(s.payloads('joined').map(({ recovered }) => recovered)).toEqual([null, true]);
  });

  it('[SDK-2] a break in the middle of a resume goes on from what was told', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    s.socket.deliver(message('general', 5));
    await s.reconnect();
    expect(s.socket.last('channel:join').data).toEqual({ recover: { epoch: 'e1', seq: 1 } });
    s.answerJoin('general', messages('general', 2, 5), { seq: 5, recovered: true });
    expect(s.places).toEqual([1, 2, 3, 4, 5]);
  });

  it('[SDK-4] tells a gap before the newest page', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 3);
    await s.reconnect();
    s.answerJoin('general', messages('general', 90, 91), { seq: 91, recovered: false });
    expect(s.payloads('gap')).toEqual([{ channelId: 'general', from: 4, to: 89, reason: 'too_old' }]);
    expect(s.places).toEqual([1, 2, 3, 90, 91]);
  });

  it('[SDK-4] goes on without a history that it may not read', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    s.socket.deliver(message('general', 4));
    s.socket.answer('history:get', 'error', { code: 'forbidden', message: 'no' });
    expect(s.payloads('gap')).toEqual([{ channelId: 'general', from: 2, to: 3, reason: 'missing' }]);
    expect(s.places).toEqual([1, 4]);
  });

  it('[SDK-3] asks again for a page that the server could not give', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    s.socket.deliver(message('general', 3));
    s.socket.answer('history:get', 'error', { code: 'unavailable', message: 'later', retryAfterMs: 700 });
    s.socket.take();
    await s.timers.advance(699);
    expect(s.socket.take()).toEqual([]);
    await s.timers.advance(300);
    s.socket.answer('history:get', 'history', { events: messages('general', 2, 3), hasMore: false });
    expect(s.places).toEqual([1, 2, 3]);
  });

  it('[SDK-23] tries a join again that was refused for the moment', async () => {
    const s = new ScriptedChat();
    await s.online();
    const joining = s.chat.join('general');
    s.socket.answer('channel:join', 'error', { code: 'overloaded', message: 'busy', retryAfterMs: 1_000 });
    s.socket.take();
    await s.timers.advance(999);
    expect(s.socket.take()).toEqual([]);
    await s.timers.advance(500);
    s.answerJoin('general', [], {});
    expect(await joining).toMatchObject({ channelId: 'general', seq: 0 });
  });

  it('[SDK-23] a join that waits for its next try is asked once on the next connection', async () => {
    const s = new ScriptedChat();
    await s.online();
    const joining = s.chat.join('general');
    s.socket.answer('channel:join', 'error', { code: 'overloaded', message: 'busy', retryAfterMs: 5_000 });
    await s.reconnect();
    await s.timers.advance(9_000);
    expect(s.socket.sent.filter(({ type }) => type === 'channel:join')).toHaveLength(1);
    s.answerJoin('general', [], {});
    await joining;
  });

  it('[SDK-23] a refused join rejects, and with it the messages that waited for it', async () => {
    const s = new ScriptedChat();
    await s.online();
    const joining = s.chat.join('general');
    const sending = s.chat.send('general', 'hi');
    s.socket.answer('channel:join', 'error', { code: 'not_found', message: 'no such channel' });
    await expect(joining).rejects.toMatchObject({ code: 'not_found', channelId: 'general' });
    await expect(sending).rejects.toMatchObject({ code: 'not_found' });
    expect(s.payloads('error')).toEqual([]);
  });

  it('[SDK-23] a channel that is closed to the user after a reconnect is told by error', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    await s.reconnect();
    s.socket.answer('channel:join', 'error', { code: 'banned', message: 'banned' });
    expect(s.payloads('error')).toMatchObject([{ code: 'banned', channelId: 'general' }]);
    await s.reconnect();
    expect(s.socket.sent.map(({ type }) => type)).toEqual(['hello']);
  });

  it('[SDK-1] tells nothing of a channel that was left', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    const leaving = s.chat.leave('general');
    s.socket.deliver(message('general', 2));
    s.socket.answer('channel:leave', 'ack', {});
    await leaving;
    expect(s.places).toEqual([1]);
    await s.reconnect();
    expect(s.socket.sent.map(({ type }) => type)).toEqual(['hello']);
  });

  it('[SDK-1] every listener hears the same order, whatever one of them sets off', async () => {
    const s = new ScriptedChat();
    await s.online();
    const heard: number[] = [];
    s.chat.on('event', ({ seq }) => {
      if (seq === 1) s.socket.deliver(message('general', 3));
    });
    s.chat.on('event', ({ seq }) => heard.push(seq));
    await s.joined('general', 2);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('[SDK-1] an answer that nobody waits for any more is told to nobody', async () => {
    const s = new ScriptedChat();
    await s.online();
    s.socket.deliver({ type: 'history', ref: 'gone', channelId: 'general', data: { events: [] } });
    s.socket.deliver({ type: 'error', ref: 'gone', data: { code: 'internal', message: 'late' } });
    expect([...s.payloads('frame'), ...s.payloads('error')]).toEqual([]);
  });

  it('[SDK-1] a listener that leaves hears nothing more of the page', async () => {
    const s = new ScriptedChat();
    await s.online();
    s.chat.on('message', ({ seq }) => {
      if (seq === 2) void s.chat.leave('general');
    });
    const joining = s.chat.join('general');
    s.answerJoin('general', messages('general', 1, 4), { seq: 4 });
    await expect(joining).rejects.toMatchObject({ code: 'not_member' });
    expect(s.places).toEqual([1, 2]);
  });

  it('[SDK-2] the resume point is never ahead of what was told', async () => {
    const s = new ScriptedChat();
    await s.online();
    const points: (number | undefined)[] = [];
    s.chat.on('joined', () => points.push(s.chat.resumePoint('general')?.seq));
    s.chat.on('event', () => points.push(s.chat.resumePoint('general')?.seq));
    await s.joined('general', 3);
    expect(points).toEqual([undefined, 1, 2, 3]);
  });
});

describe('route:restarted', () => {
  it('[SDK-19] sends the unanswered requests of the channels again and asks who is present', async () => {
    const s = new ScriptedChat();
    await s.online();
    await s.joined('general', 1);
    await s.joined('other', 0);
    const sent = s.chat.send('general', 'hi');
    const elsewhere = s.chat.send('other', 'ho');
    const history = s.chat.history('general', { beforeSeq: 1 });
    s.socket.deliver(message('general', 3));
    s.socket.take();

    s.socket.deliver({ type: 'route:restarted', data: { channels: ['general'], inbox: false } });
    const again = s.socket.take();
    expect(again.every(({ channelId }) => channelId === 'general')).toBe(true);
    expect(again.map(({ type, data }) => [type, data])).toEqual([
      ['message:send', { content: 'hi', clientMessageId: 'm1' }],
      ['history:get', { beforeSeq: 1 }],
      ['history:get', { afterSeq: 1, limit: 200 }],
      ['presence:get', { limit: 100 }],
    ]);

    for (const [i, frame] of again.entries()) {
      const answers: [string, object][] = [
        ['ack', { id: 'id-2', seq: 2, duplicate: true }],
        ['history', { events: [], hasMore: false }],
        ['history', { events: messages('general', 2, 3), hasMore: false }],
        ['presence', { members: [BOB], count: 1, hasMore: false }],
      ];
      s.socket.deliver({ type: answers[i]![0], ref: frame.ref, channelId: 'general', data: answers[i]![1] });
    }
    expect(await sent).toEqual({ id: 'id-2', seq: 2, duplicate: true });
    expect(await history).toEqual({ events: [], hasMore: false });
    expect(s.places).toEqual([1, 2, 3]);
    await s.timers.advance(0);
    expect(s.payloads('presence').at(-1)).toEqual({
      kind: 'list',
      channelId: 'general',
      members: [BOB],
      count: 1,
    });
    s.socket.answer('message:send', 'ack', {});
    s.chat.close();
    await expect(elsewhere).rejects.toMatchObject({ code: 'unavailable' });
  });
});
