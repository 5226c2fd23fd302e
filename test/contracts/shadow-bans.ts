/**
 * What every {@link ChannelLog} keeps to when not everyone sees what stands in it (docs/adr/0025). Run by memory-log.test.ts
 * and postgres-log.test.ts.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEntry } from '../../src/channel/message-change.ts';
import type { MessageData } from '../../src/channel/message-extras.ts';
import type { ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { reactionOf } from './channel-tables.ts';
import { commit, entryOf, freshLog, type LogFixture, valueOf } from './channel-log.ts';

const ADA = { id: 'ada', name: 'Ada' };
const PAGE = { direction: 'newest', limit: 100, maxBytes: 1_000_000 } as const;
/** Each is some dozens of transactions. */
const RUNS = 15;
let clock = 1_700_000_000_000;

/** Runs the suite over what `open` gives. */
export function shadowBansContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`${name} keeps what a shadow ban hides`, () => {
    let fixture: LogFixture;
    let log: ChannelLog;
    beforeAll(async () => {
      fixture = await open();
      log = fixture.one;
    });
    afterAll(() => fixture.close());

    const told = async (key: LogKey) =>
      valueOf(await log.read(key, PAGE)).events.map(
        ({ data }) => JSON.parse(data) as Readonly<Record<string, unknown>>,
      );
    const messageOf = (key: LogKey, content: string, fields: object = {}, entry: Partial<LogEntry> = {}) => {
      const id = randomUUID();
      return entryOf(key, { id, data: JSON.stringify({ id, content, author: ADA, ...fields }), ...entry });
    };
    const replyOf = (root: LogEntry, content: string, shadow?: string) =>
      messageOf(
        root.log,
        content,
        { replyTo: root.id, shadow },
        {
          ...{ needs: root.id, timestamp: (clock += 1) },
          changes: [{ kind: 'reply', root: root.id, ...(shadow === undefined ? {} : { shadow }) }],
        },
      );
    /** An edit as the channel makes it of what a page tells, or a deletion. */
    const changeOf = async (message: LogEntry, content: string | null, isHidden = false) => {
      const found = valueOf(await log.find(message.log, message.id));
      const data = JSON.parse(found?.data ?? '{}') as MessageData;
      const change = { id: randomUUID(), message: data, content, by: ADA, timestamp: (clock += 1) };
      return changeEntry(message.log, { ...change, isHidden });
    };

    it('[SHADOW-8] a hidden reaction is told with its mark, which goes with it', async () => {
      const key = freshLog();
      const message = messageOf(key, 'first');
      await commit(log, [message]);
      const hidden = (user: string) => ({
        ...reactionOf(message, user, '👍'),
        changes: [{ kind: 'shadowReaction', target: message.id, emoji: '👍', user }] as const,
      });
      const first = hidden('ada');
      await commit(log, [first, reactionOf(message, 'bob', '👍'), hidden('cleo')]);
      expect((await told(key))[0]).toMatchObject({
        reactions: [{ emoji: '👍', users: ['ada', 'bob', 'cleo'], shadow: ['ada', 'cleo'] }],
      });
      // One that stands so already stays as it is.
      expect(await commit(log, [reactionOf(message, 'ada', '👍')])).toEqual([
        { id: first.id, seq: 2, duplicate: true },
      ]);
      await commit(log, [
        reactionOf(message, 'ada', '👍', false),
        reactionOf(message, 'cleo', '👍', false),
        reactionOf(message, 'ada', '👍'),
      ]);
      expect((await told(key))[0]).toMatchObject({ reactions: [{ emoji: '👍', users: ['bob', 'ada'] }] });
      expect((await told(key))[0]).not.toHaveProperty(['reactions', 0, 'shadow']);
    });

    it('[SHADOW-7] hidden replies are counted by their author, beside those of everyone', async () => {
      const key = freshLog();
      const root = messageOf(key, 'root');
      await commit(log, [root]);
      const thread = async () => (await told(key))[0]?.['thread'];
      const hidden = replyOf(root, 'hidden', 'ada');
      await commit(log, [hidden]);
      const ada = { count: 1, lastAt: hidden.timestamp };
      expect(await thread()).toEqual({ count: 0, lastAt: 0, shadow: { ada } });
      const [seen, other] = [replyOf(root, 'seen'), replyOf(root, 'hidden too', 'cleo')];
      await commit(log, [seen, other]);
      const cleo = { count: 1, lastAt: other.timestamp };
      expect(await thread()).toEqual({ count: 1, lastAt: seen.timestamp, shadow: { ada, cleo } });
      const again = replyOf(root, 'again', 'ada');
      await commit(log, [again]);
      await commit(log, [await changeOf(seen, null), await changeOf(other, null)]);
      expect(await thread()).toEqual({
        ...{ count: 0, lastAt: seen.timestamp },
        shadow: { ada: { count: 2, lastAt: again.timestamp }, cleo: { ...cleo, count: 0 } },
      });
      await commit(log, [await changeOf(hidden, null), await changeOf(again, null)]);
      expect(await thread()).toBeUndefined();
    });

    it('[SHADOW-5] a reply quotes a hidden message with a mark, deleted or not', async () => {
      const key = freshLog();
      const message = messageOf(key, 'hidden', { shadow: 'ada' });
      const reply = replyOf(message, 'seen');
      await commit(log, [message]);
      await commit(log, [reply]);
      const quote = async () => (await told(key))[1]?.['quote'];
      expect(await quote()).toEqual({ id: message.id, author: ADA, content: 'hidden', shadow: true });
      const edit = await changeOf(message, 'hidden still');
      await commit(log, [edit]);
      await commit(log, [await changeOf(message, null)]);
      expect(await quote()).toEqual({ id: message.id, author: ADA, deleted: true, shadow: true });
      const [created, , updated, deleted] = await told(key);
      expect(created).toMatchObject({ deleted: true, shadow: 'ada' });
      expect([updated, deleted]).toMatchObject([{ id: message.id, shadow: 'ada' }, { shadow: 'ada' }]);
      expect(updated).not.toHaveProperty('content');
    });

    it('[SHADOW-6] a hidden edit of what everyone sees stands beside that, until another text or a deletion', async () => {
      const key = freshLog();
      const message = messageOf(key, 'first');
      const reply = replyOf(message, 'reply');
      await commit(log, [message]);
      await commit(log, [reply, await changeOf(message, 'second')]);
      for (const text of ['hidden', 'hidden too']) await commit(log, [await changeOf(message, text, true)]);
      const [created, quoting, seen, replaced, latest] = await told(key);
      expect(created).toMatchObject({ content: 'second', shadowEdit: { content: 'hidden too' } });
      expect(quoting).toMatchObject({ quote: { content: 'second', shadowContent: 'hidden too' } });
      expect(seen).toMatchObject({ id: message.id, content: 'second' });
      expect(replaced).toEqual({ id: message.id, shadow: 'ada' });
      expect(latest).toMatchObject({ content: 'hidden too', shadow: 'ada' });
      // The same text as everyone has is another one for its author.
      expect(await commit(log, [await changeOf(message, 'second')])).toMatchObject([{ duplicate: false }]);
      const after = await told(key);
      expect(after[0]).not.toHaveProperty('shadowEdit');
      expect(after[1]).not.toHaveProperty(['quote', 'shadowContent']);
      expect(after.slice(2, 5)).toEqual([
        { id: message.id },
        { id: message.id, shadow: 'ada' },
        { id: message.id, shadow: 'ada' },
      ]);
      const versions = valueOf(await log.versions(key, message.id, { limit: 10, maxBytes: 10_000 }));
      expect(versions?.items.map(({ content }) => content)).toEqual([
        ...['first', 'second', 'hidden', 'hidden too'],
      ]);
    });

    it('[SHADOW-6] nothing is left of a hidden edit when its message is deleted, in one batch with it too', async () => {
      const key = freshLog();
      const [one, two] = [messageOf(key, 'one'), messageOf(key, 'two')];
      await commit(log, [one, two]);
      await commit(log, [await changeOf(one, 'hidden', true)]);
      await commit(log, [
        await changeOf(one, null),
        await changeOf(two, 'hidden', true),
        await changeOf(two, null),
      ]);
      expect(JSON.stringify(await told(key))).not.toContain('"hidden"');
      expect((await told(key)).slice(0, 2)).toMatchObject([{ deleted: true }, { deleted: true }]);
    });

    it('[SHADOW-9] hidden messages don’t count for a page of the newest', async () => {
      const key = freshLog();
      const hidden = Array.from({ length: 5 }, () => messageOf(key, 'x', { shadow: 'ada' }));
      await commit(log, [messageOf(key, 'one'), messageOf(key, 'two'), ...hidden]);
      const page = valueOf(await log.read(key, { ...PAGE, limit: 1, ofMessages: true }));
      expect(page.events.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6, 7]);
    });

    it('[SHADOW-10] is what the log in memory is, whatever lands in which batches', async () => {
      const user = fc.constantFrom('ada', 'bob');
      const nth = fc.nat(2);
      const operation = fc.oneof(
        fc.record({ kind: fc.constantFrom('send', 'delete'), nth, user, isHidden: fc.boolean() }),
        fc.record({
          kind: fc.constantFrom('reply', 'edit', 'react', 'unreact'),
          nth,
          user,
          isHidden: fc.boolean(),
        }),
      );
      const batches = fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(batches, async (all) => {
          const key = freshLog();
          const memory = new MemoryLog(new MemoryLogStore());
          const messages = [messageOf(key, 'zero'), messageOf(key, 'one', { shadow: 'ada' })];
          const replies = new Set<string>();
          await commit(log, messages);
          await commit(memory, messages);
          for (const [index, operations] of all.entries()) {
            const entries: LogEntry[] = [];
            const changed = new Set<string>();
            for (const { kind, nth: at, user: by, isHidden } of operations) {
              const message = messages[at % messages.length]!;
              const isWhole = message.data.includes('"shadow"');
              const text = `text ${index}.${entries.length}`;
              if (kind === 'send') entries.push(messageOf(key, text, isHidden ? { shadow: 'ada' } : {}));
              // A thread is one deep here.
              else if (kind === 'reply' && !replies.has(message.id)) {
                const reply = replyOf(message, text, isHidden ? by : undefined);
                replies.add(reply.id);
                entries.push(reply);
              } else if (kind === 'react' || kind === 'unreact') {
                const reaction = reactionOf(message, by, '👍', kind === 'react');
                const change = { kind: 'shadowReaction', target: message.id, emoji: '👍', user: by } as const;
                entries.push(isHidden && kind === 'react' ? { ...reaction, changes: [change] } : reaction);
              } else if (kind !== 'reply') {
                // Of two edits in one batch, one of them hidden, the text between them may be kept or not.
                if (changed.has(message.id)) continue;
                changed.add(message.id);
                const found = valueOf(await memory.find(key, message.id));
                if (found === null || found.data.includes('"deleted"')) continue;
                entries.push(await changeOf(message, kind === 'edit' ? text : null, isHidden && !isWhole));
              }
            }
            const [one, other] = [await commit(log, entries), await commit(memory, entries)];
            expect(one).toEqual(other);
            messages.push(...entries.filter(({ type }) => type === 'message:created'));
          }
          const parsed = async (from: ChannelLog) => [
            valueOf(await from.read(key, PAGE)).events.map((event) => ({
              ...event,
              data: JSON.parse(event.data) as object,
            })),
            await Promise.all(
              messages.map(({ id }) => from.versions(key, id, { limit: 50, maxBytes: 100_000 })),
            ),
          ];
          expect(await parsed(log)).toEqual(await parsed(memory));
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });

    it('[SHADOW-1] a shadow ban is loaded with its channel', async () => {
      const key = freshLog();
      const sanction = {
        kind: 'shadow',
        user: 'ada',
        name: 'Ada',
        by: 'mod',
        byName: 'Mod',
        until: null,
      } as const;
      await commit(log, [
        messageOf(key, 'x'),
        entryOf(key, { data: '{}', changes: [{ kind: 'sanction', sanction }] }),
      ]);
      const load = async () =>
        valueOf(await log.load(key.slice('channel:'.length), 10, 10_000)).tables.sanctions;
      expect(await load()).toEqual([sanction]);
      const pardon = { kind: 'pardon', sanction: 'shadow', user: 'ada', by: 'mod', byName: 'Mod' } as const;
      await commit(log, [entryOf(key, { data: '{}', changes: [pardon] })]);
      expect(await load()).toEqual([]);
    });
  });
}
