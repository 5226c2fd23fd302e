import { describe, expect, it } from 'vitest';
import { summary } from '../support/inbox-chat.ts';
import { settled } from '../support/fake-timers.ts';
import { ADA, BOB, ScriptedChat } from '../support/scripted-chat.ts';

const CAT = { id: 'u-cat', name: 'cat' };
const counts = (s: ScriptedChat): unknown => Object.fromEntries(s.chat.unread);
const asked = (s: ScriptedChat, type: string) => s.socket.take().filter((frame) => frame.type === type);

/** A message of Bob's as it stands on the wire. */
function message(seq: number, data: object = {}, channelId = 'room') {
  const whole = { id: `m${seq}`, content: 'hi', author: BOB, ...data };
  return { type: 'message:created', channelId, seq, timestamp: seq, data: whole };
}

/** Ada is in `room`, whose log holds so much. */
async function joined(seq: number): Promise<ScriptedChat> {
  const s = new ScriptedChat();
  await s.online({ inbox: summary(0) });
  void s.chat.join('room', { limit: 1 });
  await settled();
  const page = { epoch: 'e1', seq, recovered: null, hasMore: true, events: [], members: [], memberCount: 1 };
  s.socket.answer('channel:join', 'channel:joined', page);
  await settled();
  s.socket.take();
  return s;
}

const item = (seq: number, head: number, unread: number, mentions = 0, id = 'room') => ({
  ...{ id, seq, head, unread, mentions },
});

describe('unread messages of channels', () => {
  it('[SDK-55] follow what the server counts, and what comes behind that', async () => {
    const s = await joined(5);
    s.socket.deliver({ type: 'unread', data: { channels: [item(3, 5, 2, 1), item(0, 9, 1, 1, 'other')] } });
    expect(counts(s)).toEqual({
      room: { seq: 3, unread: 2, mentions: 1 },
      other: { seq: 0, unread: 1, mentions: 1 },
    });
    s.socket.deliver(message(6));
    s.socket.deliver(message(7, { author: ADA }));
    s.socket.deliver(message(8, { mentions: [CAT, ADA] }));
    s.socket.deliver(message(9, { here: true }));
    s.socket.deliver(message(10, { mentions: [CAT] }));
    s.socket.deliver({ type: 'message:deleted', channelId: 'room', seq: 11, data: { id: 'm6', by: BOB } });
    expect(counts(s)).toMatchObject({ room: { seq: 3, unread: 6, mentions: 3 } });
    expect(s.payloads('unread')).toHaveLength(5);
    expect(s.payloads('frame')).toEqual([]);
  });

  it('[SDK-55] a count that was under way is of its own place', async () => {
    const s = await joined(5);
    for (const seq of [6, 7]) s.socket.deliver(message(seq));
    expect(counts(s)).toEqual({});
    s.socket.deliver({ type: 'read:updated', channelId: 'room', data: { ...item(5, 6, 1), id: undefined } });
    expect(counts(s)).toMatchObject({ room: { seq: 5, unread: 2 } });
    s.socket.deliver({ type: 'unread', data: { channels: [item(2, 6, 4)] } });
    expect(counts(s)).toMatchObject({ room: { seq: 5, unread: 2 } });
  });

  it('[SDK-56] markRead says the newest of several, and counts by the answer', async () => {
    const s = await joined(5);
    const marked: number[] = [];
    const mark = (seq: number): void => {
      s.chat.markRead('room', seq).then(
        () => marked.push(seq),
        () => marked.push(-seq),
      );
    };
    for (const seq of [3, 4, 5]) mark(seq);
    await settled();
    expect(asked(s, 'read:set').map(({ data }) => data)).toEqual([{ seq: 3 }]);
    s.socket.answer('read:set', 'ack', { ...item(3, 5, 2), id: undefined });
    await settled();
    expect(marked).toEqual([3]);
    expect(counts(s)).toMatchObject({ room: { seq: 3, unread: 2 } });
    expect(asked(s, 'read:set').map(({ data }) => data)).toEqual([{ seq: 5 }]);
    s.socket.answer('read:set', 'ack', { ...item(5, 5, 0), id: undefined });
    await settled();
    expect(marked).toEqual([3, 4, 5]);
    expect(counts(s)).toMatchObject({ room: { seq: 5, unread: 0 } });
    mark(6);
    await settled();
    s.socket.answer('read:set', 'error', { code: 'bad_request', message: 'no' });
    await settled();
    expect(marked.at(-1)).toBe(-6);
  });

  it('[SDK-55] move as the server tells, of channels that one is not in; nothing is asked for', async () => {
    const s = await joined(5);
    const data = { id: 'm1', channelId: 'other', author: BOB };
    s.socket.deliver({ type: 'mention:created', seq: 1, timestamp: 1, data });
    s.socket.deliver({ type: 'unread', data: { channels: [item(0, 4, 4, 1, 'other')] } });
    s.socket.deliver({ type: 'unread', data: { channels: [item(0, 5, 5, 1, 'other')] } });
    await s.timers.advance(300);
    expect(counts(s)).toEqual({ other: { seq: 0, unread: 5, mentions: 1 } });
    expect(asked(s, 'unread:get')).toEqual([]);
    s.socket.deliver({ type: 'channel:deleted', channelId: 'other', data: { purged: false } });
    expect(counts(s)).toEqual({});
  });

  it('[SDK-55] a log that begins anew, and another user, are counted anew', async () => {
    const s = await joined(5);
    s.socket.deliver({ type: 'unread', data: { channels: [item(3, 5, 2)] } });
    s.socket.drop();
    await s.retry();
    await s.welcome({ inbox: summary(0), user: { ...CAT, guest: true, roles: ['guest'] } });
    expect(counts(s)).toEqual({});
  });
});
