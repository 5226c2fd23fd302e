/** What every {@link MessageSearch} keeps to, over the log that it searches. Run by memory-search and postgres-search. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/protocol/entities.ts';
import type { MessageSearch, SearchQuestion } from '../../src/protocol/message-search.ts';
import { hasTerms } from '../../src/search/match.ts';
import { parseSearchText } from '../../src/search/search-text.ts';
import { tokensOf } from '../../src/search/tokens.ts';
import type { ChannelChange, ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { deletionOf, updateOf } from './amendments.ts';
import { commit, entryOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** A search, a writer of what it searches, and a way to make people known; all of it empty. */
export interface SearchFixture {
  readonly search: MessageSearch;
  readonly log: ChannelLog;
  addPerson(person: { readonly id: string; readonly name: string }): Promise<void>;
  close(): Promise<void>;
}

/** The time of the search, and of the first message; each comes 10 ms behind the one before. */
export const SEARCHED_AT = 1_800_000_000_000;
const FIRST = 1_700_000_000_000;
let clock = FIRST;

const ada: Principal = { id: 'ada', name: 'Ada', guest: false, roles: ['user'] };
const bob: Principal = { ...ada, id: 'bob', name: 'Bob' };
const staff: Principal = { ...ada, id: 'root', name: 'Root', roles: ['user', 'moderator'] };

/** A message as channels store it. */
function message(log: LogKey, content: string, fields: Partial<LogEntry> = {}): LogEntry {
  const id = randomUUID();
  clock += 10;
  return entryOf(log, { id, timestamp: clock, data: JSON.stringify({ id, content }), ...fields });
}

/** An entry that isn't a message and makes these changes. */
function change(log: LogKey, ...changes: readonly ChannelChange[]): LogEntry {
  return entryOf(log, { type: 'channel:updated', data: '{}', changes });
}

/** Runs the suite over what `open` gives. */
export function messageSearchContract(name: string, open: () => Promise<SearchFixture>): void {
  describe(`${name} keeps the contract of MessageSearch`, () => {
    let fixture: SearchFixture;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());

    /** A new channel with these messages, and the entries of these. */
    const said = async (...contents: readonly string[]) => {
      const channel = randomUUID();
      const log: LogKey = `channel:${channel}`;
      const entries = contents.map((content) => message(log, content));
      await commit(fixture.log, entries);
      return { channel, log, entries };
    };
    const ask = (question: Partial<SearchQuestion>, asker: Principal = ada) =>
      fixture.search.search(asker, { limit: 100, ...question });
    const page = async (question: Partial<SearchQuestion>, asker: Principal = ada) => {
      const { messages, ...rest } = valueOf(await ask(question, asker));
      return {
        texts: messages.map(({ data }) => (JSON.parse(data) as { content: string }).content),
        ...rest,
      };
    };
    const texts = async (question: Partial<SearchQuestion>, asker?: Principal) =>
      (await page(question, asker)).texts;
    const failureOf = async (question: Partial<SearchQuestion>, asker?: Principal) => {
      const answer = await ask(question, asker);
      return answer.ok ? null : answer.failure.code;
    };

    it('[SEARCH-1] finds the messages of a channel that have all words, newest first, as they stand in the log', async () => {
      const { channel, entries } = await said('red apple', 'green apple', 'red pear', 'Apples, red');
      const { messages, hasMore } = valueOf(await ask({ text: 'RED', channels: [channel] }));
      expect(messages.map(({ seq }) => seq)).toEqual([4, 3, 1]);
      expect(messages.at(-1)).toEqual({
        ...{ channelId: channel, seq: 1, timestamp: entries[0]!.timestamp },
        data: entries[0]!.data,
      });
      expect(hasMore).toBe(false);
      expect(await texts({ text: 'red apple', channels: [channel] })).toEqual(['red apple']);
      expect(await texts({ text: 'appl* red', channels: [channel] })).toEqual(['Apples, red', 'red apple']);
      expect(await texts({ text: '"red apple"', channels: [channel] })).toEqual(['red apple']);
      expect(await texts({ text: 'blue', channels: [channel] })).toEqual([]);
      expect(await texts({ channels: [channel] })).toEqual([
        'Apples, red',
        'red pear',
        'green apple',
        'red apple',
      ]);
    });

    it('[SEARCH-3] finds parts of Chinese, Japanese and Korean texts', async () => {
      const { channel } = await said('我的手机很好', '大きいテーブルです', '한국어를 배워요', '手 机');
      expect(await texts({ text: '手机', channels: [channel] })).toEqual(['我的手机很好']);
      expect(await texts({ text: '机', channels: [channel] })).toEqual(['手 机', '我的手机很好']);
      expect(await texts({ text: 'テーブル', channels: [channel] })).toEqual(['大きいテーブルです']);
      expect(await texts({ text: '국어 배워', channels: [channel] })).toEqual(['한국어를 배워요']);
    });

    it('[SEARCH-5] is in pages, by the message behind which to go on, or by an offset', async () => {
      const { channel } = await said(...['1', '2', '3', '4', '5'].map((n) => `page ${n}`));
      const question = { text: 'page', channels: [channel], limit: 2 };
      const one = await page(question);
      expect(one).toMatchObject({ texts: ['page 5', 'page 4'], hasMore: true });
      const two = await page({ ...question, behind: one.next! });
      expect(two).toMatchObject({ texts: ['page 3', 'page 2'], hasMore: true });
      expect(await page({ ...question, behind: two.next! })).toEqual({ texts: ['page 1'], hasMore: false });
      expect(await page({ ...question, offset: 3 })).toEqual({ texts: ['page 2', 'page 1'], hasMore: false });
      expect(await page({ ...question, offset: 2 })).toMatchObject({
        texts: ['page 3', 'page 2'],
        hasMore: true,
      });
      expect(await page({ ...question, offset: 9 })).toEqual({ texts: [], hasMore: false });
      for (const behind of ['nothing', 'a\0', '\ud800'])
        expect(await failureOf({ ...question, behind })).toBe('not_found');
    });

    it('[SEARCH-5] a page is at most 256 KiB and at least one message', async () => {
      const { channel } = await said();
      const log: LogKey = `channel:${channel}`;
      const large = (bytes: number) => {
        const id = randomUUID();
        return message(log, '', {
          id,
          data: JSON.stringify({ id, content: 'large', meta: 'x'.repeat(bytes) }),
        });
      };
      await commit(fixture.log, [large(300_000), large(100_000), large(100_000), large(100_000)]);
      const question = { text: 'large', channels: [channel] };
      const first = await page(question);
      expect(first).toMatchObject({ texts: ['large', 'large'], hasMore: true });
      const second = await page({ ...question, behind: first.next! });
      expect(second).toMatchObject({ texts: ['large'], hasMore: true });
      expect(await page({ ...question, behind: second.next! })).toEqual({ texts: ['large'], hasMore: false });
    });

    it('[SEARCH-5] over several channels goes by time, and messages of one time are each told once', async () => {
      const [one, two] = [await said('several a'), await said('several b')];
      await commit(fixture.log, [message(one.log, 'several c')]);
      const timestamp = (clock += 10);
      const same = [one, two, one, two].map(({ log }, n) => message(log, `several ${n}`, { timestamp }));
      await commit(fixture.log, same);
      const question = { text: 'several', channels: [two.channel, one.channel] };
      const all = await texts(question);
      expect(all.slice(0, 4).sort()).toEqual(['several 0', 'several 1', 'several 2', 'several 3']);
      expect(all.slice(4)).toEqual(['several c', 'several b', 'several a']);
      const paged: string[] = [];
      for (let behind: string | undefined; ;) {
        const next = await page({ ...question, limit: 1, ...(behind === undefined ? {} : { behind }) });
        paged.push(...next.texts);
        behind = next.next;
        if (!next.hasMore) break;
      }
      expect(paged).toEqual(all);
      expect(await texts({ text: 'several' })).toEqual(all);
    });

    it('[SEARCH-6] by author, named by id or by name, and by time', async () => {
      const { channel, log } = await said();
      await fixture.addPerson({ id: "eve's\\", name: 'Eve' });
      const [first, second] = [message(log, 'who'), message(log, 'who too', { sender: "eve's\\" })];
      await commit(fixture.log, [first, second]);
      const question = { text: 'who', channels: [channel] };
      expect(await texts({ ...question, author: { id: 'ada' } })).toEqual(['who']);
      expect(await texts({ ...question, author: { id: "eve's\\" } })).toEqual(['who too']);
      expect(await texts({ channels: [channel], author: { id: "eve's\\" } })).toEqual(['who too']);
      expect(await texts({ ...question, author: { name: ' ＥVE' } })).toEqual(['who too']);
      for (const author of [
        { id: 'nobody' },
        { name: 'nobody' },
        { id: 'a\0' },
        { name: '\ud800' },
        { id: "' | 'who" },
      ]) {
        expect(await texts({ ...question, author })).toEqual([]);
      }
      expect(await texts({ ...question, before: second.timestamp })).toEqual(['who']);
      expect(await texts({ ...question, after: second.timestamp })).toEqual(['who too']);
      expect(await texts({ ...question, after: first.timestamp, before: first.timestamp })).toEqual([]);
      expect(await texts({ author: { id: "eve's\\" } })).toEqual(['who too']);
    });

    it('[SEARCH-7] over all that the asker may read: public channels, and private ones of which they are a member', async () => {
      const word = `w${randomUUID().replaceAll('-', '')}`;
      const [open, closed] = [await said(`${word} open`), await said(`${word} closed`)];
      const member: ChannelChange = { kind: 'member', user: 'bob', name: 'Bob', role: 'member' };
      await commit(fixture.log, [change(closed.log, { kind: 'channel', private: true }, member)]);
      const both = [`${word} closed`, `${word} open`];
      expect(await texts({ text: word })).toEqual([`${word} open`]);
      expect(await texts({ text: word }, bob)).toEqual(both);
      expect(await texts({ text: word }, staff)).toEqual(both);
      const question = { text: word, channels: [open.channel, closed.channel] };
      expect(await failureOf(question)).toBe('not_found');
      expect(await texts(question, bob)).toEqual(both);
      expect(await failureOf({ ...question, channels: ['missing'] }, bob)).toBe('not_found');
      const behind = closed.entries[0]!.id;
      expect(await failureOf({ text: word, behind })).toBe('not_found');
      expect(await texts({ text: word, behind }, bob)).toEqual([`${word} open`]);
      // A token that is for certain channels opens those and closes all others.
      const limited = { ...bob, channels: [closed.channel.slice(0, 20) + '*'] };
      expect(await texts({ text: word }, limited)).toEqual([`${word} closed`]);
      expect(await failureOf(question, limited)).toBe('not_found');
      expect(await texts({ text: word }, { ...staff, channels: [open.channel] })).toEqual([`${word} open`]);
      expect(await texts({ text: word }, { ...staff, channels: [] })).toEqual([]);
      await commit(fixture.log, [change(closed.log, { ...member, role: null })]);
      expect(await texts({ text: word }, bob)).toEqual([`${word} open`]);
    });

    it('[SEARCH-7] nothing of a channel from which the asker is banned, for as long as that holds', async () => {
      const { channel, log } = await said('banned word');
      const sanction = { user: 'ada', name: 'Ada', by: 'root', byName: 'Root' };
      const question = { text: 'banned word', channels: [channel] };
      for (const [kind, until, expected] of [
        ['ban', null, 'banned'],
        ['ban', SEARCHED_AT, null],
        ['ban', SEARCHED_AT + 1, 'banned'],
        ['kick', SEARCHED_AT + 1, 'banned'],
      ] as const) {
        await commit(fixture.log, [
          change(log, { kind: 'sanction', sanction: { kind, until, ...sanction } }),
        ]);
        expect([kind, until, await failureOf(question)]).toEqual([kind, until, expected]);
        expect(await texts({ text: 'banned' })).toEqual(expected === null ? ['banned word'] : []);
        expect(await failureOf(question, bob)).toBeNull();
        expect(await failureOf(question, { ...ada, roles: ['admin'] })).toBeNull();
      }
      const pardon = { kind: 'pardon', user: 'ada', by: 'root', byName: 'Root' } as const;
      await commit(fixture.log, [
        change(log, { ...pardon, sanction: 'ban' }, { ...pardon, sanction: 'kick' }),
      ]);
      await commit(fixture.log, [
        change(log, { kind: 'sanction', sanction: { kind: 'mute', until: null, ...sanction } }),
      ]);
      expect(await failureOf(question)).toBeNull();
    });

    it('[SEARCH-8] a message is found as soon as it is in the log, by its new text once it is edited, and never once it is deleted', async () => {
      const { channel, log, entries } = await said('first apple', 'second apple');
      const find = (text: string) => texts({ text, channels: [channel] });
      expect(await find('apple')).toEqual(['second apple', 'first apple']);
      await commit(fixture.log, [updateOf(entries[0]!, 'first pear'), deletionOf(entries[1]!)]);
      expect(await find('apple')).toEqual([]);
      expect(await find('pear')).toEqual(['first pear']);
      expect(await find('second')).toEqual([]);
      // Told and changed before anyone searched.
      const [quick] = [message(log, 'quick apple')];
      await commit(fixture.log, [quick]);
      await commit(fixture.log, [updateOf(quick, 'quick plum')]);
      await commit(fixture.log, [updateOf(quick, 'quick cherry')]);
      expect(await find('quick')).toEqual(['quick cherry']);
      await commit(fixture.log, [deletionOf(quick)]);
      expect(await find('quick')).toEqual([]);
      // Edited again and again, between searches.
      for (const text of ['one', 'two', 'one']) {
        await commit(fixture.log, [updateOf(entries[0]!, text)]);
        expect(await find(text)).toEqual([text]);
        expect(await find(text === 'one' ? 'two' : 'one')).toEqual([]);
      }
      expect(await texts({ channels: [channel] })).toEqual(['one']);
    });

    it('[SEARCH-8] messages come with what pages show of them', async () => {
      const { channel, log, entries } = await said('reacted');
      const reacts = { target: entries[0]!.id, emoji: '👍', isAdded: true };
      await commit(fixture.log, [entryOf(log, { type: 'reaction:added', data: '{}', reacts })]);
      const { messages } = valueOf(await ask({ text: 'reacted', channels: [channel] }));
      expect(JSON.parse(messages[0]!.data)).toMatchObject({ reactions: [{ emoji: '👍', users: ['ada'] }] });
    });

    it('[SEARCH-8] other events of the log are not found, and private messages never', async () => {
      const { channel, log } = await said();
      const inbox: LogKey = `inbox:${randomUUID()}`;
      await commit(fixture.log, [message(log, 'void', { type: 'member:kicked' })]);
      await commit(fixture.log, [message(inbox, 'void')]);
      expect(await texts({ text: 'void', channels: [channel] })).toEqual([]);
      expect(await texts({ text: 'void' }, staff)).toEqual([]);
    });

    it('[SHADOW-3] what a shadow ban hides is found by its author and by moderators, and told as each sees it', async () => {
      const word = `w${randomUUID().replaceAll('-', '')}`;
      const { channel, log } = await said(`${word} seen`);
      const author = { id: 'ada', name: 'Ada' };
      const entry = message(log, '');
      const data = { id: entry.id, content: `${word} hidden`, author, shadow: 'ada' };
      await commit(fixture.log, [{ ...entry, sender: 'ada', data: JSON.stringify(data) }]);
      const both = [`${word} hidden`, `${word} seen`];
      for (const question of [{ text: word }, { text: word, channels: [channel] }, { channels: [channel] }]) {
        expect(await texts(question)).toEqual(both);
        expect(await texts(question, staff)).toEqual(both);
        expect(await texts(question, bob)).toEqual([`${word} seen`]);
      }
      expect(await texts({ text: word, behind: entry.id })).toEqual([`${word} seen`]);
      expect(await texts({ text: word, behind: entry.id }, staff)).toEqual([`${word} seen`]);
      expect(await failureOf({ text: word, behind: entry.id }, bob)).toBe('not_found');
      const shadows = async (asker?: Principal) =>
        valueOf(await ask({ text: 'hidden', channels: [channel] }, asker)).messages.map(
          (found) => (JSON.parse(found.data) as { readonly shadow?: string }).shadow,
        );
      expect(await shadows()).toEqual([undefined]);
      expect(await shadows(staff)).toEqual(['ada']);
      const member = { kind: 'member', user: 'bob', name: 'Bob', role: 'moderator' } as const;
      await commit(fixture.log, [change(log, member)]);
      expect(await texts({ text: word }, bob)).toEqual(both);
      // A moderator who is shadow-banned finds what others find; an administrator isn't held.
      const terms = { name: 'X', by: 'root', byName: 'Root', until: SEARCHED_AT + 1 };
      const ban = (user: string): ChannelChange => {
        return { kind: 'sanction', sanction: { kind: 'shadow', user, ...terms } };
      };
      await commit(fixture.log, [change(log, ban('bob')), change(log, ban('root'))]);
      expect(await texts({ text: word }, bob)).toEqual([`${word} seen`]);
      expect(await texts({ text: word }, staff)).toEqual([`${word} seen`]);
      expect(await texts({ text: word }, { ...staff, roles: ['admin'] })).toEqual(both);
      await commit(fixture.log, [deletionOf(entry)]);
      expect(await texts({ text: word })).toEqual([`${word} seen`]);
    });

    it('[SEARCH-4] a text that can’t be searched for is refused, but who may not read the channel isn’t told', async () => {
      const { channel } = await said('x');
      expect(await failureOf({ text: '!!', channels: [channel] })).toBe('bad_request');
      expect(await failureOf({ text: '!!', channels: ['missing'] })).toBe('not_found');
    });

    it('[SEARCH-12] finds what reading every message would find, whatever the texts', async () => {
      const unit = fc.constantFrom(
        ...Array.from('ab手机テー국어éÉ\'"\\:*&|!()<->@# .👍1_'),
        '\u0301',
        'ﬁ',
        '\u200d',
      );
      const content = fc.string({ unit, minLength: 1, maxLength: 30 });
      const text = fc.string({ unit, minLength: 1, maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(content, { minLength: 1, maxLength: 12 }),
          fc.array(text, { minLength: 1, maxLength: 8 }),
          fc.array(fc.tuple(fc.nat(), fc.option(content)), { maxLength: 4 }),
          async (contents, asked, changes) => {
            const { channel, entries } = await said(...contents);
            const now: (string | null)[] = [...contents];
            await texts({ channels: [channel] });
            for (const [place, changed] of changes) {
              const at = place % contents.length;
              const entry = entries[at]!;
              await commit(fixture.log, [changed === null ? deletionOf(entry) : updateOf(entry, changed)]);
              if (now[at] !== null) now[at] = changed;
            }
            for (const wanted of asked) {
              const terms = parseSearchText(wanted);
              if (!terms.ok) continue;
              const expected = now
                .filter((one) => one !== null && hasTerms(tokensOf(one), terms.value))
                .reverse();
              expect([wanted, await texts({ text: wanted, channels: [channel] })]).toEqual([
                wanted,
                expected,
              ]);
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it('[SEARCH-12] finds phrases among many places of one word as far as 255 of them', async () => {
      const { channel } = await said(`${'a '.repeat(254)}a b`, `${'a '.repeat(300)}a b`);
      expect(await texts({ text: '"a b"', channels: [channel] })).toHaveLength(1);
      expect(await texts({ text: 'a b', channels: [channel] })).toHaveLength(2);
    });
  });
}
