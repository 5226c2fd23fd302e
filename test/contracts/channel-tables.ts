/**
 * What every {@link ChannelLog} keeps to when entries change the tables beside a channel's log. Run by memory-log.test.ts
 * and postgres-log.test.ts.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelChange, ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { deletionOf, updateOf } from './amendments.ts';
import { commit, entryOf, freshLog, type LogFixture, valueOf } from './channel-log.ts';

const AUTHOR = { id: 'ada', name: 'Ada' };
const PAGE = { limit: 100, maxBytes: 1_000_000 };

/** A message with an author and a text, and in reply to another one. */
export function messageOf(
  log: LogKey,
  content: string,
  replyTo?: Pick<LogEntry, 'id'>,
  fields: Partial<LogEntry> = {},
): LogEntry {
  const id = randomUUID();
  return entryOf(log, {
    id,
    data: JSON.stringify({ id, content, author: AUTHOR, replyTo: replyTo?.id }),
    ...fields,
  });
}

/** A reply to `quoted` in the thread of `root`. */
export function replyOf(
  root: LogEntry,
  content: string,
  fields: Partial<LogEntry> = {},
  quoted = root,
): LogEntry {
  const changes = [{ kind: 'reply', root: root.id }] as const;
  return messageOf(root.log, content, quoted, { needs: quoted.id, changes, ...fields });
}

/** `user` reacts to `target`, or takes that back. */
export function reactionOf(
  { log, id: target }: Pick<LogEntry, 'log' | 'id'>,
  user: string,
  emoji: string,
  isAdded = true,
): LogEntry {
  return entryOf(log, {
    type: isAdded ? 'reaction:added' : 'reaction:removed',
    sender: user,
    data: JSON.stringify({ messageId: target, emoji }),
    reacts: { target, emoji, isAdded },
  });
}

/** Pins `target`, or takes that back. */
export function pinOf({ log, id: target }: Pick<LogEntry, 'log' | 'id'>, isPinned = true): LogEntry {
  return entryOf(log, {
    type: isPinned ? 'message:pinned' : 'message:unpinned',
    data: JSON.stringify({ id: target }),
    needs: target,
    changes: [{ kind: 'pin', target, isPinned }],
  });
}

const dup = (id: string, seq: number) => [{ id, seq, duplicate: true }];
const nowhere = ({ id }: LogEntry) => [{ id, seq: 0, duplicate: false }];

/** Runs the suite over what `open` gives. */
export function channelTablesContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`${name} keeps tables beside a channel's log`, () => {
    let fixture: LogFixture;
    let log: ChannelLog;
    beforeAll(async () => {
      fixture = await open();
      log = fixture.one;
    });
    afterAll(() => fixture.close());
    const dataOf = async (key: LogKey) =>
      valueOf(await log.read(key, { direction: 'newest', ...PAGE })).events.map(({ data }) => data);
    /** What a page shows of the event `seq`, as an object. */
    const told = async (key: LogKey, seq = 1) =>
      JSON.parse((await dataOf(key))[seq - 1]!) as Readonly<Record<string, unknown>>;
    const reactions = async (key: LogKey) => (await told(key))['reactions'];
    const loaded = async (key: LogKey) => valueOf(await log.load(key.slice('channel:'.length), 100, 100_000));
    /** A channel with a message of that text in it. */
    const said = async (content = 'first') => {
      const key = freshLog();
      const message = messageOf(key, content);
      await commit(log, [message]);
      return { key, message };
    };

    it('[LOG-70] a reaction lands once for each user and emoji; it and its end are told in pages, in the order of coming', async () => {
      const { key, message } = await said();
      const react = (user: string, emoji: string, isAdded = true) =>
        commit(log, [reactionOf(message, user, emoji, isAdded)]);
      expect(await react('ada', '👍')).toMatchObject([{ seq: 2, duplicate: false }]);
      await react('bob', ':tada:');
      await react('bob', '👍');
      expect(await dataOf(key)).toMatchObject([
        `{"id":"${message.id}","content":"first","author":{"id":"ada","name":"Ada"},` +
          '"reactions":[{"emoji":"👍","users":["ada","bob"]},{"emoji":":tada:","users":["bob"]}]}',
        ...[expect.any(String), expect.any(String), expect.any(String)],
      ]);
      // An emoji keeps its place while somebody reacts with it, and somebody who reacts anew stands last.
      await react('ada', '👍', false);
      expect(await reactions(key)).toEqual([
        { emoji: '👍', users: ['bob'] },
        { emoji: ':tada:', users: ['bob'] },
      ]);
      await react('ada', '👍');
      await react('bob', ':tada:', false);
      await react('ada', ':tada:');
      await react('bob', ':tada:');
      expect(await reactions(key)).toEqual([
        { emoji: '👍', users: ['bob', 'ada'] },
        { emoji: ':tada:', users: ['ada', 'bob'] },
      ]);
      for (const user of ['ada', 'bob'])
        for (const emoji of ['👍', ':tada:']) await react(user, emoji, false);
      expect(await told(key)).not.toHaveProperty('reactions');
    });

    it('[LOG-70] what stands so already is a duplicate of what made it so, in one batch too', async () => {
      const { key, message } = await said();
      const added = reactionOf(message, 'ada', '👍');
      await commit(log, [added]);
      expect(await commit(log, [reactionOf(message, 'ada', '👍')])).toEqual(dup(added.id, 2));
      expect(await commit(log, [reactionOf(message, 'ada', '🎉', false)])).toEqual(dup(message.id, 1));
      const [bob, removed] = [reactionOf(message, 'bob', '👍'), reactionOf(message, 'ada', '👍', false)];
      const batch = [bob, reactionOf(message, 'bob', '👍'), removed, reactionOf(message, 'ada', '👍', false)];
      expect(await commit(log, batch)).toEqual([
        { id: bob.id, seq: 3, duplicate: false },
        ...dup(bob.id, 3),
        { id: removed.id, seq: 4, duplicate: false },
        ...dup(message.id, 1),
      ]);
      expect(await reactions(key)).toEqual([{ emoji: '👍', users: ['bob'] }]);
    });

    it('[LOG-70] a retry finds what landed, whatever has become of it', async () => {
      const { key, message } = await said();
      const [added, removed] = [reactionOf(message, 'ada', '👍'), reactionOf(message, 'ada', '👍', false)];
      await commit(log, [added]);
      await commit(log, [removed]);
      for (const retry of [false, true]) {
        expect(await commit(fixture.two, [added, removed], retry)).toEqual([
          ...dup(added.id, 2),
          ...dup(removed.id, 3),
        ]);
      }
      expect(await told(key)).not.toHaveProperty('reactions');
    });

    it('[LOG-70] [LOG-71] what is not there, was deleted, or is no message takes none, and no pin and no reply', async () => {
      const { key, message } = await said();
      const update = updateOf(message, 'second');
      await commit(log, [update]);
      const gone = messageOf(key, 'gone');
      await commit(log, [gone]);
      await commit(log, [deletionOf(gone)]);
      const fresh = messageOf(key, 'fresh');
      const lost = [{ log: key, id: randomUUID() }, { log: freshLog(), id: message.id }, update, gone, fresh];
      const entries = lost.flatMap((target) => [
        reactionOf(target, 'ada', '👍'),
        reactionOf(target, 'ada', '👍', false),
        pinOf(target),
        messageOf(target.log, 'reply', target, {
          needs: target.id,
          changes: [{ kind: 'reply', root: target.id }],
        }),
      ]);
      expect(await commit(log, [fresh, ...entries])).toEqual([
        { id: fresh.id, seq: 5, duplicate: false },
        ...entries.flatMap(nowhere),
      ]);
      expect((await loaded(key)).page.head).toBe(5);
      expect((await loaded(lost[1]!.log)).channel).toBeNull();
      expect((await loaded(key)).tables.pins).toEqual([]);
    });

    it('[LOG-71] a reply is told with the head of what it replies to as that is now, and its root with a count', async () => {
      const long = `${'x'.repeat(150)}${'😀'.repeat(60)}`;
      const { key, message } = await said(long);
      const first = replyOf(message, 'one', { timestamp: 2_000 });
      const second = replyOf(message, 'two', { timestamp: 1_000 }, first);
      await commit(log, [first]);
      await commit(log, [second]);
      const quote = { id: message.id, author: AUTHOR, content: long.slice(0, 250) };
      expect(await dataOf(key)).toEqual([
        `${message.data.slice(0, -1)},"thread":{"count":2,"lastAt":2000}}`,
        `${first.data.slice(0, -1)},"quote":${JSON.stringify(quote)}}`,
        `${second.data.slice(0, -1)},"quote":${JSON.stringify({ id: first.id, author: AUTHOR, content: 'one' })}}`,
      ]);
      const edit = updateOf(message, 'edited "now"\n\u2028');
      const data = JSON.stringify({
        ...(JSON.parse(message.data) as object),
        content: 'edited "now"\n\u2028',
      });
      await commit(log, [{ ...edit, amends: { ...edit.amends!, data } }]);
      expect((await told(key, 2))['quote']).toEqual({ ...quote, content: 'edited "now"\n\u2028' });
      expect(await told(key)).toMatchObject({ thread: { count: 2, lastAt: 2_000 } });
    });

    it('[LOG-71] a deleted message is quoted without its text; a deleted reply leaves its thread', async () => {
      const { key, message } = await said('secret');
      const [first, second] = [replyOf(message, 'one'), replyOf(message, 'two', { timestamp: 5 })];
      await commit(log, [first, second]);
      const stub = ({ id }: LogEntry) => {
        const deletion = deletionOf({ log: key, id });
        const data = JSON.stringify({ id, author: AUTHOR, deleted: true });
        return { ...deletion, amends: { ...deletion.amends!, data } };
      };
      await commit(log, [stub(message)]);
      expect(await told(key)).toEqual({
        ...{ id: message.id, author: AUTHOR, deleted: true },
        thread: { count: 2, lastAt: first.timestamp },
      });
      expect((await told(key, 2))['quote']).toEqual({ id: message.id, author: AUTHOR, deleted: true });
      expect((await dataOf(key)).join()).not.toContain('secret');
      await commit(log, [stub(first)]);
      expect((await told(key))['thread']).toEqual({ count: 1, lastAt: first.timestamp });
      expect(await told(key, 2)).toEqual({ id: first.id, author: AUTHOR, deleted: true });
      await commit(log, [stub(second)]);
      expect(await told(key)).not.toHaveProperty('thread');
      await commit(log, [replyOf(message, 'three', { timestamp: 7 }, second)]).then((placed) => {
        expect(placed[0]!.seq).toBe(0);
      });
    });

    it('[LOG-71] a retry of a reply finds it by id and by clientMessageId, its message deleted or not', async () => {
      const { key, message } = await said();
      const first = replyOf(message, 'one', { clientMessageId: 'k' });
      expect(await commit(log, [first])).toMatchObject([{ seq: 2, duplicate: false }]);
      const again = replyOf(message, 'one', { clientMessageId: 'k' });
      for (const retry of [false, true]) {
        expect(await commit(log, [again], retry)).toEqual(dup(first.id, 2));
        expect(await commit(log, [first], retry)).toEqual(dup(first.id, 2));
      }
      expect((await told(key))['thread']).toEqual({ count: 1, lastAt: first.timestamp });
      await commit(log, [deletionOf(message)]);
      expect(await commit(fixture.two, [again])).toEqual(dup(first.id, 2));
      expect(await commit(fixture.two, [first], true)).toEqual(dup(first.id, 2));
      const other = replyOf(message, 'other', { clientMessageId: 'other' });
      expect(await commit(log, [other])).toEqual(nowhere(other));
    });

    it('[LOG-72] a thread is read by any message of it: the root, and pages of its replies, the newest first', async () => {
      const { key, message: root } = await said();
      const replies = ['b', 'c', 'd', 'e'].map((content) => replyOf(root, content));
      await commit(log, [messageOf(key, 'between'), ...replies.slice(0, 2)]);
      const other = messageOf(key, 'other');
      await commit(log, [...replies.slice(2), other]);
      const thread = async (id: string, fields: object = {}) => {
        const { events, hasMore, head } = valueOf(
          await log.select(key, { kind: 'thread', id, ...PAGE, ...fields }),
        );
        expect(head).toBe((await loaded(key)).page.head);
        const texts = events.map(({ data }) => (JSON.parse(data) as { content: string }).content);
        return [texts.join(''), hasMore];
      };
      expect(await thread(root.id)).toEqual(['firstbcde', false]);
      expect(await thread(replies[1]!.id, { limit: 2 })).toEqual(['firstde', true]);
      expect(await thread(root.id, { before: 5, limit: 1 })).toEqual(['firstc', true]);
      expect(await thread(root.id, { before: 4, limit: 1 })).toEqual(['firstb', false]);
      expect(await thread(root.id, { maxBytes: 1 })).toEqual(['firste', true]);
      expect(await thread(other.id)).toEqual(['other', false]);
      await commit(log, [deletionOf(replies[2]!), reactionOf(root, 'ada', '👍')]);
      expect(await thread(root.id)).toEqual(['firstbce', false]);
      for (const id of [randomUUID(), 'nothing']) expect(await thread(id)).toEqual(['', false]);
      // As pages have them.
      const { events } = valueOf(await log.select(key, { kind: 'thread', id: root.id, ...PAGE }));
      const page = valueOf(await log.read(key, { direction: 'newest', ...PAGE })).events;
      expect(events).toEqual(page.filter(({ id }) => events.some((one) => one.id === id)));
      expect(events[0]!.data).toContain('"thread":{"count":3');
      const elsewhere = valueOf(await log.select(freshLog(), { kind: 'thread', id: root.id, ...PAGE }));
      expect(elsewhere).toMatchObject({ head: 0, events: [], hasMore: false });
    });

    it('[BAN-13] what somebody sent within some time is found, the newest first, page after page, and not what was deleted', async () => {
      const key = freshLog();
      const sent = [10, 20, 30, 40, 50].map((timestamp) =>
        entryOf(key, { type: 'message:created', sender: 'ada', timestamp }),
      );
      const others = [
        entryOf(key, { type: 'message:created', sender: 'bob', timestamp: 30 }),
        entryOf(key, { type: 'reaction:added', sender: 'ada', timestamp: 30 }),
        entryOf(freshLog(), { type: 'message:created', sender: 'ada', timestamp: 30 }),
      ];
      await commit(log, [...sent.slice(0, 3), ...others, ...sent.slice(3)]);
      const select = async (fields: object) => {
        const range = { sender: 'ada', since: 0, until: 100, limit: 10, ...fields };
        const { events, hasMore } = valueOf(await log.select(key, { kind: 'sent', ...range }));
        return [events.map(({ timestamp }) => timestamp), hasMore];
      };
      expect(await select({})).toEqual([[10, 20, 30, 40, 50], false]);
      expect(await select({ since: 20, until: 40 })).toEqual([[20, 30, 40], false]);
      expect(await select({ limit: 2 })).toEqual([[40, 50], true]);
      expect(await select({ limit: 2, before: 6 })).toEqual([[20, 30], true]);
      expect(await select({ before: 2 })).toEqual([[10], false]);
      expect(await select({ sender: 'nobody' })).toEqual([[], false]);
      await commit(log, [deletionOf(sent[1]!)]);
      expect(await select({})).toEqual([[10, 30, 40, 50], false]);
    });

    it('[LOG-67] [LOG-72] events are found by their ids, as pages have them, in their own log alone', async () => {
      const { key, message } = await said();
      const reply = replyOf(message, 'one');
      await commit(log, [reply, reactionOf(message, 'ada', '👍')]);
      const page = valueOf(await log.read(key, { direction: 'newest', ...PAGE }));
      const select = async (from: LogKey, ids: readonly string[]) =>
        valueOf(await log.select(from, { kind: 'events', ids }));
      expect(await select(key, [reply.id, 'nothing', message.id])).toEqual({
        ...page,
        events: page.events.slice(0, 2),
      });
      expect((await select(freshLog(), [reply.id])).events).toEqual([]);
      expect(await select(key, [])).toEqual({ ...page, events: [] });
      expect(valueOf(await log.find(key, message.id))).toEqual(page.events[0]);
      expect(valueOf(await log.find(key, reply.id))).toEqual(page.events[1]);
    });

    it('[LOG-73] earlier texts of a message are kept until it is deleted', async () => {
      const { key, message } = await said('a');
      const versions = async (fields: object = {}, id = message.id, from = key) =>
        valueOf(await log.versions(from, id, { ...PAGE, ...fields }));
      expect(await versions()).toEqual({ items: [], hasMore: false });
      const updates = ['b', 'c', 'c', 'd'].map((text, nth) => updateOf(message, text, { timestamp: nth }));
      await commit(log, updates.slice(0, 2));
      await commit(log, updates.slice(2));
      await commit(log, updates.slice(0, 2), true);
      const items = [
        { version: 1, content: 'a', replacedAt: 0 },
        { version: 2, content: 'b', replacedAt: 1 },
        { version: 3, content: 'c', replacedAt: 3 },
      ];
      expect(await versions()).toEqual({ items, hasMore: false });
      expect(await versions({ limit: 2 })).toEqual({ items: items.slice(1), hasMore: true });
      expect(await versions({ before: 3, maxBytes: 1 })).toEqual({ items: items.slice(1, 2), hasMore: true });
      expect(await versions({ before: 2 })).toEqual({ items: items.slice(0, 1), hasMore: false });
      expect(await versions({}, updates[0]!.id)).toBeNull();
      expect(await versions({}, message.id, freshLog())).toBeNull();
      await commit(log, [deletionOf(message)]);
      expect(await versions()).toEqual({ items: [], hasMore: false });
    });

    it('[LOG-77] the newest stretch reaches back over so many messages, whatever lies between', async () => {
      const key = freshLog();
      const messages = ['a', 'b', 'c'].map((content) => messageOf(key, content));
      const reactions = (target: LogEntry) => ['x', 'y', 'z'].map((user) => reactionOf(target, user, '👍'));
      await commit(log, messages.slice(0, 2));
      await commit(log, reactions(messages[0]!));
      await commit(log, messages.slice(2));
      await commit(log, reactions(messages[1]!));
      const seqs = async (limit: number, maxBytes = 1_000_000) => {
        const range = { direction: 'newest', ofMessages: true, limit, maxBytes } as const;
        const { events, hasMore } = valueOf(await log.read(key, range));
        return [events.map(({ seq }) => seq), hasMore];
      };
      expect(await seqs(1)).toEqual([[6, 7, 8, 9], true]);
      expect(await seqs(2)).toEqual([[2, 3, 4, 5, 6, 7, 8, 9], true]);
      for (const limit of [3, 4]) expect(await seqs(limit)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9], false]);
      expect(await seqs(3, 1)).toEqual([[9], true]);
      const { page } = valueOf(await log.load(key.slice('channel:'.length), 1, 1_000_000));
      expect(page.events.map(({ seq }) => seq)).toEqual([6, 7, 8, 9]);
      const range = { direction: 'newest', ofMessages: true, limit: 5, maxBytes: 1 } as const;
      expect(valueOf(await log.read(freshLog(), range))).toMatchObject({ events: [], hasMore: false });
    });

    it('[LOG-74] pins are told when a channel loads, the oldest first, until they are taken back or the message is deleted', async () => {
      const { key, message } = await said();
      const [second, third] = [messageOf(key, 'b'), messageOf(key, 'c')];
      await commit(log, [second, third]);
      const pins = async () => (await loaded(key)).tables.pins;
      await commit(log, [pinOf(third), pinOf(message), pinOf(second), pinOf(third)]);
      expect(await pins()).toEqual([third.id, message.id, second.id]);
      const back = pinOf(message, false);
      await commit(log, [back]);
      await commit(log, [pinOf(message)]);
      // It was made once.
      await commit(log, [back], true);
      expect(await pins()).toEqual([third.id, second.id, message.id]);
      await commit(log, [deletionOf(third)]);
      expect(await pins()).toEqual([second.id, message.id]);
    });

    it('[LOG-70] a deletion takes reactions along', async () => {
      const { key, message } = await said();
      await commit(log, [reactionOf(message, 'ada', '👍'), reactionOf(message, 'bob', '👍')]);
      const late = reactionOf(message, 'bob', '🎉');
      expect(await commit(log, [deletionOf(message), late])).toMatchObject([{ seq: 4 }, { seq: 0 }]);
      expect(await told(key)).toEqual({ id: message.id, deleted: true });
    });

    it('[LOG-75] members, settings, sanctions and pardons are told when a channel loads', async () => {
      const key = freshLog();
      const change = (changes: readonly ChannelChange[], timestamp: number) =>
        commit(log, [entryOf(key, { type: 'channel:updated', changes, timestamp })]);
      const mute = { kind: 'mute', user: 'bob', name: 'Bob', by: 'ada', byName: 'Ada' } as const;
      const member = (user: string, role: 'owner' | 'moderator' | null) =>
        ({ kind: 'member', user, name: user.toUpperCase(), role }) as const;
      await change([member('ada', 'owner'), member('bob', 'moderator')], 1);
      await change(
        [
          { kind: 'channel', name: 'Room', topic: 'News', private: true, settings: { slowModeSeconds: 5 } },
          { kind: 'sanction', sanction: { ...mute, reason: 'noise', until: null } },
        ],
        2,
      );
      await change(
        [
          { kind: 'channel', settings: { closed: true } },
          member('ada', 'moderator'),
          member('bob', null),
          { kind: 'sanction', sanction: { ...mute, until: 9_000_000_000_000 } },
        ],
        3,
      );
      await change([{ kind: 'sanction', sanction: { ...mute, kind: 'ban', until: null } }], 4);
      expect(await loaded(key)).toMatchObject({
        channel: { name: 'Room', topic: 'News', private: true },
        tables: {
          settings: { slowModeSeconds: 5, closed: true },
          members: [{ user: 'ada', name: 'ADA', role: 'moderator', joinedAt: 1 }],
          sanctions: [
            { ...mute, until: 9_000_000_000_000 },
            { ...mute, kind: 'ban', until: null },
          ],
        },
      });
      expect((await loaded(key)).tables.sanctions[0]).not.toHaveProperty('reason');
      await change(
        [
          { kind: 'channel', topic: null, private: false },
          { kind: 'pardon', sanction: 'mute', user: 'bob', by: 'ada', byName: 'Ada' },
        ],
        4,
      );
      const { channel, tables } = await loaded(key);
      expect(channel).toEqual({ id: channel!.id, name: 'Room', private: false });
      expect(tables.sanctions).toEqual([{ ...mute, kind: 'ban', until: null }]);
    });

    it('[LOG-76] changes are made once, however often their entry is sent, beside plain entries and companions', async () => {
      const { key, message } = await said();
      const inbox = freshLog('inbox');
      const join = entryOf(key, {
        type: 'member:joined',
        changes: [{ kind: 'member', user: 'bob', name: 'Bob', role: 'moderator' }],
        timestamp: 1,
      });
      const leave = entryOf(key, {
        type: 'member:left',
        changes: [{ kind: 'member', user: 'bob', name: 'Bob', role: null }],
      });
      const reply = replyOf(message, 'one', { clientMessageId: 'k' });
      const mention = entryOf(inbox, { type: 'mention:created', id: `${reply.id}-1` });
      const made = freshLog();
      const batch = [
        messageOf(made, 'new'),
        join,
        reply,
        mention,
        messageOf(key, 'plain', undefined, { clientMessageId: 'p' }),
        reactionOf(message, 'ada', '👍'),
      ];
      const placed = await commit(log, batch);
      expect(placed.map(({ seq }) => seq)).toEqual([1, 2, 3, 1, 4, 5]);
      await commit(log, [leave]);
      for (const retry of [false, true]) {
        expect(await commit(fixture.two, batch, retry)).toEqual(
          placed.map((one) => ({ ...one, duplicate: true })),
        );
      }
      expect((await loaded(key)).tables.members).toEqual([]);
      expect(await told(key)).toMatchObject({
        reactions: [{ emoji: '👍', users: ['ada'] }],
        thread: { count: 1 },
      });
      expect(valueOf(await log.read(inbox, { direction: 'newest', ...PAGE })).events).toHaveLength(1);
    });

    it('[LOG-71] [LOG-76] what rides on an entry that lands nowhere lands nowhere either', async () => {
      const { key, message } = await said();
      const gone = messageOf(key, 'gone');
      await commit(log, [gone]);
      await commit(log, [deletionOf(gone)]);
      const inbox = freshLog('inbox');
      const group = (target: LogEntry) => {
        const reply = replyOf(target, 'reply', { clientMessageId: randomUUID() });
        const mention = { type: 'mention:created', id: `${reply.id}:m`, rides: reply.id };
        return [reply, entryOf(inbox, mention)];
      };
      const [lost, landed] = [group(gone), group(message)];
      const seqs = (await commit(log, [...lost, ...landed])).map(({ seq }) => seq);
      expect(seqs).toEqual([0, 0, 4, 1]);
      expect((await commit(log, [...landed, ...lost], true)).map(({ seq }) => seq)).toEqual([4, 1, 0, 0]);
      expect((await loaded(key)).page.head).toBe(4);
    });

    const unstorable: [string, (message: LogEntry) => LogEntry][] = [
      ['U+0000 in an emoji', (message) => reactionOf(message, 'ada', 'a\0')],
      ['a lone surrogate in an emoji', (message) => reactionOf(message, 'ada', '\ud83d')],
      ['U+0000 in what it needs', (message) => ({ ...pinOf(message), needs: 'a\0' })],
      [
        'U+0000 in a name',
        ({ log: key }) =>
          entryOf(key, { changes: [{ kind: 'member', user: 'bob', name: 'a\0', role: 'member' }] }),
      ],
    ];
    it.each(unstorable)('[LOG-76] %s: the batch is refused and nothing is changed', async (_, bad) => {
      const { key, message } = await said();
      const outcome = await log.append([reactionOf(message, 'ada', '👍'), bad(message)]);
      expect(outcome.status).toBe('refused');
      expect(await dataOf(key)).toEqual([message.data]);
    });

    it('[LOG-70] two writers who react at once leave one of each, and a dense log', async () => {
      const { key, message } = await said();
      const write = async (writer: ChannelLog, first: boolean) => {
        for (let round = 0; round < 20; round += 1) {
          const emoji = `:e${round % 4}:`;
          await commit(writer, [
            reactionOf(message, 'ada', emoji),
            reactionOf(message, 'ada', `:e${(round + 1) % 4}:`, first),
          ]);
        }
      };
      await Promise.all([write(fixture.one, true), write(fixture.two, false)]);
      const { events } = valueOf(await log.read(key, { direction: 'newest', limit: 200, maxBytes: 1e6 }));
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      const now = new Set<string>();
      for (const { type, data } of events.slice(1)) {
        const { emoji } = JSON.parse(data) as { emoji: string };
        // Every event that landed changed something.
        expect(now.has(emoji)).toBe(type === 'reaction:removed');
        if (type === 'reaction:added') now.add(emoji);
        else now.delete(emoji);
      }
      expect(((await reactions(key)) as { emoji: string }[]).map(({ emoji }) => emoji)).toEqual([...now]);
    });
  });
}
