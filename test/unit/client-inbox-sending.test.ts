import { describe, expect, it } from 'vitest';
import { ScriptedInbox, summary, whisper } from '../support/inbox-chat.ts';
import { ADA, BOB } from '../support/scripted-chat.ts';

const CAT = { id: 'u-cat', name: 'cat' };
const sends = (s: ScriptedInbox): unknown[] => s.asked('whisper:send').map(({ data }) => data);

describe('sending whispers', () => {
  it('[SDK-45] the ack stands in place of the event, which is told once', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(2);
    const sending = s.inbox.send(BOB, 'psst');
    expect(sends(s)).toEqual([{ to: { id: BOB.id }, content: 'psst', clientMessageId: 'm1' }]);
    s.socket.answer('whisper:send', 'ack', { id: 'w3', seq: 3, delivered: true });
    const data = { id: 'w3', from: ADA, to: BOB, content: 'psst', clientMessageId: 'm1' };
    const event = { type: 'whisper:created', seq: 3, timestamp: 0, data };
    expect(s.newsOf('event')).toEqual([event]);
    // Over another connection, say.
    s.socket.deliver(event);
    expect(await sending).toEqual({ id: 'w3', seq: 3, delivered: true });
    expect(s.inboxPlaces).toEqual([3]);
    expect(s.asked('inbox:resume')).toEqual([]);
    expect(s.news.map(({ name }) => name)).toEqual(['state', 'outbox', 'event', 'outbox']);
  });

  it('[SDK-45] a recipient who was told of needs only an id; the name is known', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver(whisper(1));
    void s.inbox.send({ id: BOB.id }, 'you too');
    s.socket.answer('whisper:send', 'ack', { id: 'w2', seq: 2, delivered: true });
    expect(s.newsOf('event').at(-1)!.data).toMatchObject({ from: ADA, to: BOB });
  });

  for (const [what, to, ack] of [
    ['named by name', { name: 'bob' }, {}],
    ['whose name is not known', { id: BOB.id }, {}],
    ['that had landed before', BOB, { duplicate: true }],
  ] as const) {
    it(`[SDK-45] a whisper ${what} is asked for`, async () => {
      const s = new ScriptedInbox();
      await s.onlineAt(2);
      const sending = s.inbox.send(to, 'psst');
      s.socket.answer('whisper:send', 'ack', { id: 'w3', seq: 3, delivered: false, ...ack });
      expect(s.inboxPlaces).toEqual([]);
      expect(s.socket.last('inbox:resume').data).toMatchObject({ recover: { epoch: 'e1', seq: 2 } });
      s.answerResume([whisper(3, ADA, BOB)], 3);
      expect(s.newsOf('event')).toEqual([whisper(3, ADA, BOB)]);
      expect(await sending).toMatchObject({ seq: 3 });
    });
  }

  it('[SDK-45] a duplicate that was told already is not told again', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver(whisper(1, ADA, BOB));
    void s.inbox.send(BOB, 'text 1');
    s.socket.answer('whisper:send', 'ack', { id: 'w1', seq: 1, delivered: true, duplicate: true });
    expect(s.inboxPlaces).toEqual([1]);
    expect(s.asked('inbox:resume')).toEqual([]);
  });

  it('[SDK-45] changes and deletions of one’s own are asked for, those done before are not', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver(whisper(1, ADA, BOB));
    const updating = s.inbox.update('w1', 'better');
    expect(s.socket.last('whisper:update').data).toEqual({ id: 'w1', content: 'better' });
    s.socket.answer('whisper:update', 'ack', { id: 'w1', seq: 2 });
    expect(await updating).toEqual({ id: 'w1', seq: 2 });
    const updated = { ...whisper(2, ADA, BOB), type: 'whisper:updated' };
    s.answerResume([updated], 2);
    const deleting = s.inbox.delete('w1');
    expect(s.socket.last('whisper:delete').data).toEqual({ id: 'w1' });
    s.socket.answer('whisper:delete', 'ack', { id: 'w1', seq: 2, duplicate: true });
    expect(await deleting).toMatchObject({ duplicate: true });
    expect(s.newsOf('event').map(({ type }) => type)).toEqual(['whisper:created', 'whisper:updated']);
    expect(s.asked('inbox:resume')).toHaveLength(1);
  });

  it('[SDK-46] waits while offline, keeps each person’s order, and sends again under the same id', async () => {
    const s = new ScriptedInbox();
    const sending = [s.inbox.send(BOB, 'b1'), s.inbox.send(BOB, 'b2'), s.inbox.send(CAT, 'c1')];
    expect(s.inbox.outbox.map(({ content }) => content)).toEqual(['b1', 'b2', 'c1']);
    await s.onlineAt(0);
    const first = [
      { to: { id: BOB.id }, content: 'b1', clientMessageId: 'm1' },
      { to: { id: CAT.id }, content: 'c1', clientMessageId: 'm3' },
    ];
    expect(sends(s)).toEqual(first);
    await s.reconnectAt(0);
    expect(sends(s)).toEqual(first);
    s.resumed([], 0);
    s.socket.answer('whisper:send', 'ack', { id: 'w1', seq: 1, delivered: true });
    const again = s.socket.sent.find(({ data }) => (data as { content?: string }).content === 'b1')!;
    s.socket.deliver({
      type: 'ack',
      ref: again.ref,
      timestamp: 0,
      data: { id: 'w2', seq: 2, delivered: true },
    });
    expect(sends(s)).toMatchObject([{ content: 'b2' }]);
    s.socket.answer('whisper:send', 'ack', { id: 'w3', seq: 3, delivered: true });
    expect(await Promise.all(sending)).toMatchObject([{ seq: 2 }, { seq: 3 }, { seq: 1 }]);
    expect(s.inboxPlaces).toEqual([1, 2, 3]);
    expect(s.inbox.outbox).toEqual([]);
  });

  it('[SDK-46] waits as long as an overloaded or unavailable server asks', async () => {
    const s = new ScriptedInbox();
    s.luck = 0;
    await s.onlineAt(0);
    const sending = s.inbox.send(BOB, 'psst');
    for (const code of ['overloaded', 'unavailable']) {
      expect(sends(s)).toHaveLength(1);
      s.socket.answer('whisper:send', 'error', { code, message: 'wait', retryAfterMs: 1_500 });
      expect(s.newsOf('outbox').at(-1)).toMatchObject({ change: 'delayed', retryInMs: 1_500 });
      await s.timers.advance(1_499);
      expect(sends(s)).toEqual([]);
      await s.timers.advance(1);
    }
    s.socket.answer('whisper:send', 'ack', { id: 'w1', seq: 1, delivered: true });
    expect(await sending).toMatchObject({ id: 'w1' });
  });

  it('[SDK-46] other refusals reject', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const sending = s.inbox.send({ name: 'nobody' }, 'psst');
    s.socket.answer('whisper:send', 'error', { code: 'not_found', message: 'no such user' });
    await expect(sending).rejects.toMatchObject({ name: 'ChatError', code: 'not_found' });
    expect(s.newsOf('outbox').at(-1)).toMatchObject({ change: 'failed', size: 0 });
  });

  it('[SDK-46] is bounded, and rejects with the client’s end', async () => {
    const s = new ScriptedInbox({ maxOutbox: 1 });
    const waiting = s.inbox.send(BOB, '1');
    await expect(s.inbox.send(BOB, '2')).rejects.toMatchObject({ code: 'overloaded' });
    s.chat.close();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(s.inbox.send(BOB, '3')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(s.inbox.history()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[SDK-46] after a restart of the inbox its requests are sent again, and no others', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const sending = s.inbox.send(BOB, 'psst', { clientMessageId: 'mine' });
    const history = s.inbox.history({ with: { name: 'bob' }, limit: 5 });
    const channels = s.chat.channels();
    s.socket.take();
    s.socket.deliver({ type: 'route:restarted', data: { channels: ['general'], inbox: false } });
    expect(s.socket.take()).toEqual([]);
    s.socket.deliver({ type: 'route:restarted', data: { channels: [], inbox: true } });
    expect(s.socket.take().map(({ type, data }) => [type, data])).toEqual([
      ['whisper:send', { to: { id: BOB.id }, content: 'psst', clientMessageId: 'mine' }],
      ['whisper:history', { with: { name: 'bob' }, limit: 5 }],
    ]);
    s.socket.deliver({ type: 'inbox:state', data: summary(1) });
    s.socket.answer('whisper:send', 'ack', { id: 'w1', seq: 1, delivered: true, duplicate: true });
    s.socket.answer('whisper:history', 'whispers', { events: [], hasMore: false, delivered: 0, read: 0 });
    s.socket.answer('channel:list', 'channels', { items: [], hasMore: false });
    s.answerResume([whisper(1, ADA, BOB)], 1);
    expect(await sending).toMatchObject({ seq: 1 });
    expect((await history).events).toEqual([]);
    expect((await channels).items).toEqual([]);
    expect(s.inboxPlaces).toEqual([1]);
  });

  it('[SDK-46] asks who may whisper, and says so', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const asking = s.inbox.policy();
    expect(s.socket.last('whisper:policy').data).toEqual({});
    s.socket.answer('whisper:policy', 'ack', { from: 'anyone' });
    expect(await asking).toBe('anyone');
    const saying = s.inbox.policy('shared');
    expect(s.socket.last('whisper:policy').data).toEqual({ from: 'shared' });
    s.socket.answer('whisper:policy', 'ack', { from: 'shared' });
    expect(await saying).toBe('shared');
  });
});
