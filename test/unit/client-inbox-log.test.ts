import { describe, expect, it } from 'vitest';
import { ADA, BOB } from '../support/scripted-chat.ts';
import { ScriptedInbox, summary, whisper, whispers } from '../support/inbox-chat.ts';

describe('following the inbox', () => {
  it('[SDK-43] begins where the server says, and tells what comes, once', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(4);
    for (const seq of [4, 5, 5, 6]) s.socket.deliver(whisper(seq));
    expect(s.newsOf('event')).toEqual(whispers(5, 6));
    expect(s.inbox.resumePoint).toEqual({ epoch: 'e1', seq: 6 });
    expect(s.newsOf('state')).toEqual([summary(4)]);
    expect(s.payloads('frame')).toEqual([]);
  });

  it('[SDK-43] waits for a state that welcome left out', async () => {
    const s = new ScriptedInbox();
    await s.online();
    expect(s.inbox.resumePoint).toBeNull();
    s.socket.deliver(whisper(3));
    expect(s.inboxPlaces).toEqual([]);
    s.socket.deliver({ type: 'inbox:state', data: summary(2) });
    s.socket.deliver(whisper(4));
    expect(s.inboxPlaces).toEqual([3, 4]);
  });

  it('[SDK-43] changes and deletions are events, and so is what this client does not know', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const types = ['whisper:created', 'whisper:updated', 'whisper:deleted', 'mention:created'];
    types.forEach((type, i) => {
      s.socket.deliver({ ...whisper(i + 1), type });
    });
    expect(s.newsOf('event').map(({ type }) => type)).toEqual(types);
  });

  it('[SDK-43] a place that is jumped over is asked for, and what comes meanwhile waits', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    s.socket.deliver(whisper(4));
    expect(s.socket.last('inbox:resume').data).toEqual({ recover: { epoch: 'e1', seq: 1 }, limit: 200 });
    s.socket.deliver(whisper(5));
    expect(s.inboxPlaces).toEqual([]);
    s.answerResume(whispers(2, 3), 5, { hasMore: true });
    expect(s.inboxPlaces).toEqual([2, 3, 4, 5]);
  });

  it('[SDK-44] asks in hello for what was missed, and tells pages and live events once', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    s.socket.deliver(whisper(2));
    await s.reconnectAt(6);
    expect(s.socket.last('hello').data).toEqual({ recover: { epoch: 'e1', seq: 2 } });
    s.socket.deliver(whisper(7));
    expect(s.inboxPlaces).toEqual([2]);
    s.resumed(whispers(3, 5), 7, { hasMore: true });
    expect(s.inboxPlaces).toEqual([2, 3, 4, 5]);
    expect(s.socket.last('inbox:resume').data).toMatchObject({ recover: { epoch: 'e1', seq: 5 } });
    s.answerResume(whispers(6, 7), 7);
    s.socket.deliver(whisper(8));
    expect(s.inboxPlaces).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(s.asked('inbox:resume')).toHaveLength(1);
  });

  it('[SDK-44] asks in the first hello for nothing', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(3);
    expect(s.socket.last('hello').data).toEqual({});
  });

  it('[SDK-44] asks itself when no answer comes to what hello asked', async () => {
    const s = new ScriptedInbox({ requestTimeoutMs: 5_000 });
    await s.onlineAt(1);
    await s.reconnectAt(3);
    await s.timers.advance(4_999);
    expect(s.asked('inbox:resume')).toEqual([]);
    await s.timers.advance(1);
    expect(s.socket.last('inbox:resume').data).toMatchObject({ recover: { epoch: 'e1', seq: 1 } });
    s.answerResume(whispers(2, 3), 3);
    // The answer to hello, late.
    s.resumed(whispers(2, 3), 3);
    expect(s.inboxPlaces).toEqual([2, 3]);
  });

  it('[SDK-44] asks at once when the shard that was asked in hello is replaced', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    await s.reconnectAt(3);
    s.socket.deliver({ type: 'route:restarted', data: { channels: [], inbox: true } });
    expect(s.asked('inbox:resume')).toHaveLength(1);
    s.socket.deliver({ type: 'inbox:state', data: summary(3) });
    s.answerResume(whispers(2, 3), 3);
    expect(s.inboxPlaces).toEqual([2, 3]);
  });

  it('[SDK-44] after a restart the state tells what was missed', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    s.socket.deliver({ type: 'route:restarted', data: { channels: [], inbox: true } });
    s.socket.deliver({ type: 'inbox:state', data: summary(3) });
    s.socket.deliver(whisper(4));
    s.answerResume(whispers(2, 4), 4);
    expect(s.inboxPlaces).toEqual([2, 3, 4]);
    expect(s.newsOf('state')).toHaveLength(2);
  });

  it('[SDK-44] a state that tells nothing new asks nothing', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(2);
    s.socket.deliver({ type: 'inbox:state', data: summary(2) });
    expect(s.asked('inbox:resume')).toEqual([]);
    expect(s.newsOf('gap')).toEqual([]);
  });

  it('[SDK-44] what can not be resumed is a gap before the newest page', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(2);
    await s.reconnectAt(91);
    s.resumed(whispers(90, 91), 91, { recovered: false });
    expect(s.newsOf('gap')).toEqual([{ from: 3, to: 89, reason: 'too_old' }]);
    expect(s.inboxPlaces).toEqual([90, 91]);
  });

  it('[SDK-44] another epoch is a gap, and what was known of places is forgotten', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(2);
    s.socket.deliver(whisper(3, ADA, BOB));
    s.socket.deliver({ type: 'whisper:read', data: { id: 'w3', by: BOB } });
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 3, read: 3 });
    await s.reconnectAt(1, { epoch: 'e2' });
    s.resumed(whispers(1, 1), 1, { recovered: false, epoch: 'e2' });
    expect(s.newsOf('gap')).toEqual([{ from: 1, to: 0, reason: 'epoch' }]);
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 0, read: 0 });
    expect(s.inbox.resumePoint).toEqual({ epoch: 'e2', seq: 1 });
  });

  it('[SDK-44] a refused resume is a gap, and life goes on', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    s.socket.deliver(whisper(4));
    s.socket.answer('inbox:resume', 'error', { code: 'internal', message: 'oops' });
    s.socket.deliver(whisper(5));
    expect(s.newsOf('gap')).toEqual([{ from: 2, to: 3, reason: 'missing' }]);
    expect(s.inboxPlaces).toEqual([4, 5]);
  });

  it('[SDK-44] a resume that is refused for the moment is asked again', async () => {
    const s = new ScriptedInbox();
    s.luck = 0;
    await s.onlineAt(1);
    s.socket.deliver(whisper(3));
    s.socket.answer('inbox:resume', 'error', { code: 'overloaded', message: 'wait', retryAfterMs: 700 });
    s.socket.take();
    await s.timers.advance(700);
    expect(s.asked('inbox:resume')).toHaveLength(1);
    s.answerResume(whispers(2, 3), 3);
    expect(s.inboxPlaces).toEqual([2, 3]);
  });

  it('[SDK-52] another user begins anew: nothing of the one before is told or kept', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(5, { unread: 2, conversations: [] });
    s.socket.deliver(whisper(6));
    s.socket.drop();
    await s.retry();
    const user = { id: 'u-eve', name: 'eve', guest: true, roles: ['guest'] };
    await s.welcome({ user, inbox: summary(9) });
    // What the hello of the one before asked for: places of another log.
    s.resumed(whispers(7, 9), 9);
    expect(s.inboxPlaces).toEqual([6]);
    expect(s.inbox.unread.total).toBe(0);
    s.socket.deliver(whisper(10));
    expect(s.inboxPlaces).toEqual([6, 10]);
  });

  it('[SDK-52] close and connect begin anew', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(5);
    s.chat.close();
    expect(s.inbox.resumePoint).toBeNull();
    await s.onlineAt(8);
    expect(s.socket.last('hello').data).toEqual({});
    s.socket.deliver(whisper(9));
    expect(s.inboxPlaces).toEqual([9]);
    s.chat.close();
    expect(s.timers.pending).toBe(0);
  });
});
