import { describe, expect, it } from 'vitest';
import { MAX_LISTED_CONVERSATIONS } from '../../src/protocol/limits.ts';
import { ScriptedInbox, standing, summary, whisper, whispers } from '../support/inbox-chat.ts';
import { ADA, BOB } from '../support/scripted-chat.ts';

const CAT = { id: 'u-cat', name: 'cat' };
const marks = (s: ScriptedInbox, type = 'whisper:delivered'): unknown[] =>
  s.asked(type).map(({ data }) => data);
const of = (s: ScriptedInbox): unknown => Object.fromEntries(s.inbox.unread.of);

describe('unread counts', () => {
  it('[SDK-47] follow states, whispers, and what was read here and elsewhere', async () => {
    const s = new ScriptedInbox();
    const conversations = [standing(BOB.id, 2), standing(CAT.id, 0)];
    await s.onlineAt(4, { unread: 2, conversations });
    expect([s.inbox.unread.total, of(s)]).toEqual([2, { [BOB.id]: 2 }]);
    s.socket.deliver(whisper(5, CAT));
    s.socket.deliver(whisper(5, CAT));
    s.socket.deliver(whisper(6, ADA, CAT));
    s.socket.deliver(whisper(7, ADA, ADA));
    expect([s.inbox.unread.total, of(s)]).toEqual([3, { [BOB.id]: 2, [CAT.id]: 1 }]);
    const elsewhere = { id: 'w3', by: ADA, with: BOB.id, unread: 1, total: 2 };
    s.socket.deliver({ type: 'whisper:read', data: elsewhere });
    expect([s.inbox.unread.total, of(s)]).toEqual([2, { [BOB.id]: 1, [CAT.id]: 1 }]);
    s.inbox.read(whisper(5, CAT));
    await s.timers.advance(0);
    s.socket.answer('whisper:read', 'ack', { unread: 0, total: 1 });
    expect([s.inbox.unread.total, of(s)]).toEqual([1, { [BOB.id]: 1 }]);
    expect(s.newsOf('unread').map(({ total }) => total)).toEqual([2, 3, 2, 1]);
    s.socket.deliver({ type: 'inbox:state', data: summary(7) });
    expect([s.inbox.unread.total, of(s)]).toEqual([0, {}]);
  });

  it('[SDK-47] a resume has counted what its page and the events before it hold', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(1);
    await s.reconnectAt(3, { unread: 2, conversations: [standing(BOB.id, 2)] });
    s.socket.deliver(whisper(4));
    expect(s.inbox.unread.total).toBe(3);
    const conversations = [standing(BOB.id, 3)];
    s.resumed(whispers(2, 4), 4, { unread: 3, conversations });
    s.socket.deliver(whisper(5));
    expect([s.inbox.unread.total, of(s)]).toEqual([4, { [BOB.id]: 4 }]);
    expect(s.inboxPlaces).toEqual([2, 3, 4, 5]);
  });

  it('[SDK-47] somebody beyond those that a state lists is asked for', async () => {
    const s = new ScriptedInbox();
    const listed = Array.from({ length: MAX_LISTED_CONVERSATIONS }, (_, i) => standing(`u${i}`, 0));
    await s.onlineAt(500, { unread: 6, conversations: listed });
    s.socket.deliver(whisper(501));
    expect(s.inbox.unread.total).toBe(7);
    expect(s.asked('inbox:resume')).toHaveLength(1);
    s.answerResume([], 501, { unread: 7, conversations: [standing(BOB.id, 7), ...listed.slice(1)] });
    expect([s.inbox.unread.total, of(s)]).toEqual([7, { [BOB.id]: 7 }]);
    s.socket.deliver(whisper(502));
    expect(of(s)).toEqual({ [BOB.id]: 8 });
    expect(s.asked('inbox:resume')).toEqual([]);
    expect(s.inboxPlaces).toEqual([501, 502]);
  });
});

describe('what was delivered', () => {
  it('[SDK-48] is said of the newest of each, at most once a second, and not of one’s own', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver(whisper(1));
    s.socket.deliver(whisper(2));
    s.socket.deliver(whisper(3, CAT));
    s.socket.deliver(whisper(4, ADA, BOB));
    s.socket.deliver(whisper(5, ADA, ADA));
    await s.timers.advance(0);
    expect(marks(s)).toEqual([
      { with: { id: BOB.id }, id: 'w2' },
      { with: { id: CAT.id }, id: 'w3' },
    ]);
    for (const frame of s.socket.sent.filter(({ type }) => type === 'whisper:delivered')) {
      s.socket.deliver({ type: 'ack', ref: frame.ref, data: {} });
    }
    for (const seq of [6, 7, 8]) s.socket.deliver(whisper(seq));
    await s.timers.advance(999);
    expect(marks(s)).toEqual([]);
    await s.timers.advance(1);
    expect(marks(s)).toEqual([{ with: { id: BOB.id }, id: 'w8' }]);
  });

  it('[SDK-48] holds for unread whispers that were loaded, and is not said twice', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(9, { unread: 1, conversations: [standing(BOB.id, 1), standing(CAT.id, 0)] });
    const loading = s.inbox.conversations({ limit: 10 });
    expect(s.socket.last('whisper:conversations').data).toEqual({ limit: 10 });
    const items = [
      { with: BOB, last: whisper(9), unread: 1 },
      { with: CAT, last: whisper(4, CAT), unread: 0 },
    ];
    s.socket.answer('whisper:conversations', 'conversations', { items, hasMore: false });
    expect((await loading).items).toEqual(items);
    await s.timers.advance(0);
    expect(marks(s)).toEqual([{ with: { id: BOB.id }, id: 'w9' }]);
    s.socket.answer('whisper:delivered', 'ack', {});
    const history = s.inbox.history({ with: BOB, beforeSeq: 10 });
    expect(s.socket.last('whisper:history').data).toEqual({ with: { id: BOB.id }, beforeSeq: 10 });
    const page = { events: whispers(8, 9), hasMore: true, delivered: 0, read: 0 };
    s.socket.answer('whisper:history', 'whispers', page);
    expect(await history).toEqual(page);
    await s.timers.advance(1_000);
    expect(marks(s)).toEqual([]);
  });

  it('[SDK-49] what is read needs no word that it was delivered', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver(whisper(1));
    s.inbox.read(whisper(1));
    await s.timers.advance(2_000);
    expect(marks(s)).toEqual([]);
    expect(s.socket.last('whisper:read').data).toEqual({ with: { id: BOB.id }, id: 'w1' });
  });

  it('[SDK-49] only the newest is said to be read, never one’s own, and nothing that was said before', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(9);
    for (const seq of [4, 6, 5]) s.inbox.read(whisper(seq));
    s.inbox.read(whisper(9, ADA, BOB));
    await s.timers.advance(0);
    expect(marks(s, 'whisper:read')).toEqual([{ with: { id: BOB.id }, id: 'w6' }]);
    s.inbox.read(whisper(8));
    s.inbox.read(whisper(7));
    await s.timers.advance(250);
    expect(marks(s, 'whisper:read')).toEqual([]);
    s.socket.answer('whisper:read', 'ack', { unread: 2, total: 2 });
    expect(marks(s, 'whisper:read')).toEqual([{ with: { id: BOB.id }, id: 'w8' }]);
    s.inbox.read(whisper(8));
    await s.timers.advance(1_000);
    expect(marks(s, 'whisper:read')).toEqual([]);
  });

  it('[SDK-50] is said again after a refusal for the moment, the newest only', async () => {
    const s = new ScriptedInbox();
    s.luck = 0;
    await s.onlineAt(9);
    s.inbox.read(whisper(1));
    await s.timers.advance(0);
    s.socket.take();
    for (const [seq, code] of [
      [2, 'unavailable'],
      [3, 'overloaded'],
    ] as const) {
      const refusal = { code, message: 'wait', retryAfterMs: 900 };
      s.socket.answer('whisper:read', 'error', refusal);
      s.inbox.read(whisper(seq));
      await s.timers.advance(899);
      expect(marks(s, 'whisper:read')).toEqual([]);
      await s.timers.advance(1);
      expect(marks(s, 'whisper:read')).toEqual([{ with: { id: BOB.id }, id: `w${seq}` }]);
    }
    s.socket.answer('whisper:read', 'error', { code: 'not_found', message: 'no such whisper' });
    await s.timers.advance(60_000);
    expect(marks(s, 'whisper:read')).toEqual([]);
  });

  it('[SDK-50] waits for the connection, and is said again over another one', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(9);
    s.inbox.read(whisper(5));
    await s.timers.advance(0);
    s.socket.drop();
    s.inbox.read(whisper(7, CAT));
    await s.retry();
    await s.welcome({ inbox: summary(9) });
    await s.timers.advance(250);
    expect(new Set(marks(s, 'whisper:read'))).toEqual(
      new Set([
        { with: { id: CAT.id }, id: 'w7' },
        { with: { id: BOB.id }, id: 'w5' },
      ]),
    );
  });

  it('[SDK-52] no mark outlives the user who made it', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(9);
    s.socket.drop();
    s.inbox.read(whisper(7));
    await s.retry();
    const user = { id: 'u-eve', name: 'eve', guest: true, roles: ['guest'] };
    await s.welcome({ user, inbox: summary(2) });
    await s.timers.advance(2_000);
    expect(marks(s, 'whisper:read')).toEqual([]);
  });
});

describe('receipts', () => {
  it('[SDK-51] tell by place how far a correspondent has come, and only grow', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(4, { conversations: [standing(BOB.id, 0, { delivered: 3, read: 2 })] });
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 3, read: 2 });
    expect(s.inbox.receipts(CAT.id)).toEqual({ delivered: 0, read: 0 });
    for (const seq of [5, 6]) s.socket.deliver(whisper(seq, ADA, BOB));
    s.socket.deliver({ type: 'whisper:delivered', data: { id: 'w6', by: BOB } });
    s.socket.deliver({ type: 'whisper:delivered', data: { id: 'w5', by: BOB } });
    s.socket.deliver({ type: 'whisper:read', data: { id: 'w5', by: BOB } });
    expect(s.newsOf('receipts')).toEqual([
      { with: BOB.id, delivered: 3, read: 2 },
      { with: BOB.id, delivered: 6, read: 2 },
      { with: BOB.id, delivered: 6, read: 5 },
    ]);
  });

  it('[SDK-51] of a whisper that was not told are looked up', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(4);
    s.socket.deliver({ type: 'whisper:read', data: { id: 'w2', by: BOB } });
    expect(s.socket.last('whisper:history').data).toEqual({ with: { id: BOB.id }, limit: 1 });
    const page = { events: [], hasMore: false, delivered: 4, read: 2 };
    s.socket.answer('whisper:history', 'whispers', page);
    await s.timers.advance(0);
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 4, read: 2 });
  });

  it('[SDK-51] come with a conversation that is loaded by name, whose whispers are known from then on', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(4);
    const loading = s.inbox.history({ with: { name: 'bob' } });
    const events = [whisper(2), whisper(3, ADA, BOB)];
    s.socket.answer('whisper:history', 'whispers', { events, hasMore: false, delivered: 1, read: 1 });
    await loading;
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 1, read: 1 });
    s.socket.deliver({ type: 'whisper:delivered', data: { id: 'w3', by: BOB } });
    expect(s.inbox.receipts(BOB.id)).toEqual({ delivered: 3, read: 1 });
    expect(s.asked('whisper:history')).toHaveLength(1);
  });
});

describe('blocking', () => {
  const blocked = (s: ScriptedInbox): unknown => s.inbox.blocked && [...s.inbox.blocked].sort();

  it('[SDK-53] is kept from the first list on, by choices here and elsewhere', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    s.socket.deliver({ type: 'user:blocked', data: { user: { id: 'u1' } } });
    expect(s.inbox.blocked).toBeNull();
    const loading = s.inbox.blocks();
    // The list may have been read before this.
    s.socket.deliver({ type: 'user:blocked', data: { user: { id: 'u2' } } });
    s.socket.answer('user:blocks', 'blocks', { items: [BOB, CAT] });
    expect(await loading).toEqual([BOB, CAT]);
    expect(blocked(s)).toEqual(['u-bob', 'u-cat', 'u2']);
    s.socket.deliver({ type: 'user:unblocked', data: { user: { id: 'u-cat' } } });
    const blocking = s.inbox.block({ id: 'u3' });
    expect(s.socket.last('user:block').data).toEqual({ user: { id: 'u3' } });
    s.socket.answer('user:block', 'ack', {});
    await blocking;
    const unblocking = s.inbox.unblock(BOB);
    s.socket.answer('user:unblock', 'ack', {});
    await unblocking;
    expect(blocked(s)).toEqual(['u2', 'u3']);
    expect(s.newsOf('blocked')).toHaveLength(4);
  });

  it('[SDK-53] one named by name is looked up in a new list', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const loading = s.inbox.blocks();
    s.socket.answer('user:blocks', 'blocks', { items: [] });
    await loading;
    const blocking = s.inbox.block({ name: 'bob' });
    s.socket.answer('user:block', 'ack', {});
    await blocking;
    s.socket.answer('user:blocks', 'blocks', { items: [BOB] });
    await s.timers.advance(0);
    expect(blocked(s)).toEqual(['u-bob']);
  });

  it('[SDK-53] is asked for again after a reconnect and a restart', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const loading = s.inbox.blocks();
    s.socket.answer('user:blocks', 'blocks', { items: [BOB] });
    await loading;
    await s.reconnectAt(0);
    s.socket.answer('user:blocks', 'blocks', { items: [CAT] });
    await s.timers.advance(0);
    expect(blocked(s)).toEqual(['u-cat']);
    s.socket.take();
    s.socket.deliver({ type: 'route:restarted', data: { channels: [], inbox: true } });
    expect(s.asked('user:blocks')).toHaveLength(1);
  });

  it('[SDK-53] a choice that is refused changes nothing', async () => {
    const s = new ScriptedInbox();
    await s.onlineAt(0);
    const blocking = s.inbox.block(ADA);
    s.socket.answer('user:block', 'error', { code: 'bad_request', message: 'nobody blocks themselves' });
    await expect(blocking).rejects.toMatchObject({ code: 'bad_request' });
    expect(s.asked('user:blocks')).toEqual([]);
  });
});
