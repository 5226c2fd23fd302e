/** What every {@link ChannelLog} keeps to. Run by memory-log.test.ts and postgres-log.test.ts. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ChannelLog,
  LogEntry,
  LogKey,
  LogPage,
  LogRange,
  LogRead,
} from '../../src/shard/ports/channel-log.ts';

/** A database and writers to it, as two servers have them. */
export interface LogFixture {
  readonly one: ChannelLog;
  readonly two: ChannelLog;
  close(): Promise<void>;
}

const WIDE: LogRange = { direction: 'newest', limit: 1_000, maxBytes: 1_000_000 };

/** A key that no other test uses. */
export function freshLog(kind: 'channel' | 'inbox' = 'channel'): LogKey {
  return `${kind}:${randomUUID()}`;
}

/** An entry with defaults. */
export function entryOf(log: LogKey, fields: Partial<LogEntry> = {}): LogEntry {
  const id = randomUUID();
  return {
    log,
    id,
    type: 'message:created',
    sender: 'ada',
    timestamp: 1_700_000_000_000,
    data: `{"id":"${id}"}`,
    ...fields,
  };
}

/** The value of a read that must succeed. */
export function valueOf<T>(read: LogRead<T>): T {
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

/** Appends and returns the placements; anything but `committed` fails the test. */
export async function commit(log: ChannelLog, entries: readonly LogEntry[], retry = false) {
  const outcome = await log.append(entries, { retry });
  if (outcome.status !== 'committed') throw new Error(JSON.stringify(outcome));
  return outcome.placements;
}

function seqsOf(page: LogPage): number[] {
  return page.events.map((event) => event.seq);
}

/** Runs the suite over what `open` gives. */
export function channelLogContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`${name} keeps the contract of ChannelLog`, () => {
    let fixture: LogFixture;
    let log: ChannelLog;
    beforeAll(async () => {
      fixture = await open();
      log = fixture.one;
    });
    afterAll(() => fixture.close());
    const page = async (key: LogKey, range: LogRange = WIDE) => valueOf(await log.read(key, range));

    it('[LOG-1] numbers each log 1, 2, 3 … in the order of the entries, over batches', async () => {
      const [a, b] = [freshLog(), freshLog()];
      const first = [entryOf(a), entryOf(b), entryOf(a), entryOf(b), entryOf(a)];
      expect((await commit(log, first)).map(({ seq }) => seq)).toEqual([1, 1, 2, 2, 3]);
      expect((await commit(log, [entryOf(b), entryOf(a)])).map(({ seq }) => seq)).toEqual([3, 4]);
      expect(seqsOf(await page(a))).toEqual([1, 2, 3, 4]);
      expect((await page(a)).events.slice(0, 3).map(({ id }) => id)).toEqual([
        first[0]!.id,
        first[2]!.id,
        first[4]!.id,
      ]);
      expect(await page(b)).toMatchObject({ head: 3, hasMore: false });
    });

    it('[LOG-2] two writers at once leave each log dense, every entry once', async () => {
      const keys = [freshLog(), freshLog(), freshLog()];
      const write = async (writer: ChannelLog) => {
        const ids: string[] = [];
        for (let batch = 0; batch < 20; batch += 1) {
          // The writers name the logs in different orders.
          const order = writer === fixture.one ? keys : keys.toReversed();
          const entries = order.map((key) => entryOf(key));
          await commit(writer, entries);
          ids.push(...entries.map(({ id }) => id));
        }
        return ids;
      };
      const ids = (await Promise.all([write(fixture.one), write(fixture.two)])).flat();
      const pages = await Promise.all(keys.map((key) => page(key)));
      for (const each of pages)
        expect(seqsOf(each)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(pages.flatMap(({ events }) => events.map(({ id }) => id)).sort()).toEqual(ids.sort());
    });

    it('[LOG-3] a clientMessageId that exists comes back with the stored id and seq, and lands no second time', async () => {
      const key = freshLog();
      const first = entryOf(key, { clientMessageId: 'k1' });
      await commit(log, [entryOf(key), first]);
      const again = [
        entryOf(key),
        entryOf(key, { clientMessageId: 'k1' }),
        entryOf(key, { clientMessageId: 'k2' }),
      ];
      expect(await commit(log, again)).toEqual([
        { id: again[0]!.id, seq: 3, duplicate: false },
        { id: first.id, seq: 2, duplicate: true },
        { id: again[2]!.id, seq: 4, duplicate: false },
      ]);
      expect(seqsOf(await page(key))).toEqual([1, 2, 3, 4]);
    });

    it('[LOG-3] a clientMessageId is its sender’s and its log’s own', async () => {
      const [a, b] = [freshLog(), freshLog()];
      const same = { clientMessageId: 'k' };
      const entries = [entryOf(a, same), entryOf(b, same), entryOf(a, { ...same, sender: 'bob' })];
      expect((await commit(log, entries)).map(({ duplicate }) => duplicate)).toEqual([false, false, false]);
    });

    it('[LOG-3] entries without a clientMessageId are never duplicates of each other', async () => {
      const key = freshLog();
      const placements = await commit(log, [
        entryOf(key),
        entryOf(key, { clientMessageId: '' }),
        entryOf(key),
      ]);
      expect(placements.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    it('[LOG-3] of two writers with the same clientMessageIds at once, each id lands once and both hear the same place', async () => {
      const keys = [freshLog(), freshLog()];
      const write = async (writer: ChannelLog) => {
        const heard = new Map<string, string>();
        for (let batch = 0; batch < 15; batch += 1) {
          const entries = keys.flatMap((key) =>
            ['x', 'y', 'z'].map((part) => entryOf(key, { clientMessageId: `${batch}${part}` })),
          );
          const placements = await commit(writer, entries);
          entries.forEach((entry, index) => {
            const { id, seq } = placements[index]!;
            heard.set(`${entry.log} ${entry.clientMessageId ?? ''}`, `${seq} ${id}`);
          });
        }
        return heard;
      };
      const [one, two] = await Promise.all([write(fixture.one), write(fixture.two)]);
      expect(one).toEqual(two);
      for (const key of keys) {
        const { events } = await page(key);
        expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
        expect(new Set(events.map(({ clientMessageId }) => clientMessageId)).size).toBe(45);
      }
    });

    it('[LOG-4] a retried entry that landed is found by its id, one that did not lands', async () => {
      const key = freshLog();
      const [landed, lost] = [entryOf(key), entryOf(key)];
      await commit(log, [landed]);
      const expected = [
        { id: lost.id, seq: 2, duplicate: false },
        { id: landed.id, seq: 1, duplicate: true },
      ];
      expect(await commit(log, [lost, landed], true)).toEqual(expected);
      expect(seqsOf(await page(key))).toEqual([1, 2]);
    });

    it('[LOG-4] an id that exists lands no second time, announced as a retry or not', async () => {
      const key = freshLog();
      const entry = entryOf(key, { clientMessageId: 'k' });
      await commit(log, [entry]);
      const place = { id: entry.id, seq: 1, duplicate: true };
      expect(await commit(log, [entry])).toEqual([place]);
      const bare = entryOf(key, { id: entry.id });
      expect(await commit(log, [bare, entryOf(key)])).toMatchObject([place, { seq: 2, duplicate: false }]);
    });

    it('[LOG-5] locate tells which entries landed', async () => {
      const key = freshLog();
      const [landed, lost] = [entryOf(key), entryOf(key)];
      await commit(log, [entryOf(key), landed]);
      expect(valueOf(await log.locate([lost, landed]))).toEqual([
        null,
        { id: landed.id, seq: 2, duplicate: true },
      ]);
    });

    const unstorable: [string, Partial<LogEntry>][] = [
      ['U+0000 in the sender', { sender: 'a\0b' }],
      ['U+0000 in the clientMessageId', { clientMessageId: 'a\0b' }],
      ['U+001F in the sender', { sender: 'a\x1fb' }],
      ['U+001F in the key', { log: 'channel:a\x1fb' }],
      ['data that is not JSON', { data: '{"id":' }],
      ['a lone surrogate', { data: '{"content":"\ud800"}' }],
    ];
    it.each(unstorable)(
      '[LOG-6] %s: the whole batch is refused and nothing of it lands',
      async (_, fields) => {
        const key = freshLog();
        const outcome = await log.append([entryOf(key), entryOf(key, fields), entryOf(key)]);
        expect(outcome.status).toBe('refused');
        expect(await page(key)).toMatchObject({ head: 0, events: [] });
        expect(await commit(log, [entryOf(key)])).toMatchObject([{ seq: 1 }]);
      },
    );

    it('[LOG-6] a batch that holds an id or a clientMessageId twice is refused; its entries one by one are not', async () => {
      const key = freshLog();
      const twins = [entryOf(key, { clientMessageId: 'k' }), entryOf(key, { clientMessageId: 'k' })];
      const [first] = twins;
      expect((await log.append(twins)).status).toBe('refused');
      expect((await log.append([first!, { ...first!, clientMessageId: 'other' }])).status).toBe('refused');
      expect((await page(key)).head).toBe(0);
      for (const entry of twins)
        expect(await commit(log, [entry])).toMatchObject([{ id: first!.id, seq: 1 }]);
    });

    it('[LOG-41] a whisper of the owner of an inbox to nobody is refused; others need no recipient', async () => {
      const [key, other] = [freshLog('inbox'), freshLog('inbox')];
      const sender = key.slice('inbox:'.length);
      const whisper = { type: 'whisper:created', sender };
      for (const data of ['{}', '{"to":null}', '{"to":{}}', '{"to":"bob"}', '[]', '5', 'null']) {
        const outcome = await log.append([entryOf(key), entryOf(key, { ...whisper, data })]);
        expect(outcome.status).toBe('refused');
      }
      expect((await page(key)).head).toBe(0);
      const fine = [
        entryOf(key, { ...whisper, data: '{"to":{"id":"bob"}}' }),
        entryOf(other, { ...whisper, data: '{}' }),
        entryOf(key, { sender, data: '{}' }),
        entryOf(freshLog(), { ...whisper, data: '{}' }),
      ];
      expect((await commit(log, fine)).map(({ seq }) => seq)).toEqual([1, 1, 2, 1]);
    });

    it('[LOG-7] an empty batch is committed', async () => {
      expect(await log.append([])).toEqual({ status: 'committed', placements: [] });
    });

    it('[LOG-8] gives back every field as it came, data byte for byte', async () => {
      const key = freshLog('inbox');
      const odd = entryOf(key, {
        type: 'whisper:created',
        sender: 'Zoë|,{}"\\',
        clientMessageId: 'k,{}"\\ü😀',
        timestamp: 1_700_000_000_001,
        data: '{ "a" :1.0,"a":2e2, "text":"\\u0000 \\ud83d\\ude00 😀 \\"\\\\ \u007f\u2028" }',
      });
      const plain = entryOf(key);
      await commit(log, [odd, plain]);
      const stored = (await page(key)).events;
      expect(stored.map((event) => ({ log: key, ...event }))).toStrictEqual([
        { ...odd, seq: 1 },
        { ...plain, seq: 2 },
      ]);
    });

    describe('reading', () => {
      const key = freshLog();
      // 100 bytes of data each; the umlauts are two bytes each.
      const data = JSON.stringify('ü'.repeat(49));
      beforeAll(() =>
        commit(
          log,
          Array.from({ length: 10 }, () => entryOf(key, { data })),
        ),
      );
      const all = { limit: 100, maxBytes: 1_000_000 };
      const cases: [string, LogRange, number[], boolean][] = [
        ['newest, all', { direction: 'newest', ...all }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], false],
        ['newest, limited', { direction: 'newest', limit: 3, maxBytes: 1_000_000 }, [8, 9, 10], true],
        [
          'newest, exactly all',
          { direction: 'newest', limit: 10, maxBytes: 1_000 },
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
          false,
        ],
        ['newest, by bytes', { direction: 'newest', limit: 100, maxBytes: 299 }, [9, 10], true],
        ['newest, bytes exactly', { direction: 'newest', limit: 100, maxBytes: 300 }, [8, 9, 10], true],
        ['newest, at least one', { direction: 'newest', limit: 100, maxBytes: 1 }, [10], true],
        ['before', { direction: 'before', seq: 4, ...all }, [1, 2, 3], false],
        ['before, limited', { direction: 'before', seq: 9, limit: 2, maxBytes: 1_000_000 }, [7, 8], true],
        ['before 1', { direction: 'before', seq: 1, ...all }, [], false],
        [
          'before, beyond the head',
          { direction: 'before', seq: 99, limit: 2, maxBytes: 1_000_000 },
          [9, 10],
          true,
        ],
        ['after', { direction: 'after', seq: 7, ...all }, [8, 9, 10], false],
        ['after 0, limited', { direction: 'after', seq: 0, limit: 2, maxBytes: 1_000_000 }, [1, 2], true],
        ['after, by bytes', { direction: 'after', seq: 2, limit: 100, maxBytes: 250 }, [3, 4], true],
        ['after, at least one', { direction: 'after', seq: 2, limit: 100, maxBytes: 1 }, [3], true],
        ['after the head', { direction: 'after', seq: 10, ...all }, [], false],
      ];
      it.each(cases)('[LOG-9] %s', async (_, range, seqs, hasMore) => {
        const found = await page(key, range);
        expect(seqsOf(found)).toEqual(seqs);
        expect(found).toMatchObject({ hasMore, head: 10 });
      });
    });

    it('[LOG-10] a log that nobody wrote in has head 0 and the epoch that it keeps after its first append', async () => {
      const [key, other] = [freshLog(), freshLog('inbox')];
      const before = await page(key);
      expect(before).toMatchObject({ head: 0, events: [], hasMore: false });
      await commit(log, [entryOf(key)]);
      const epochs = [before.epoch, (await page(key)).epoch, (await page(other)).epoch];
      expect(new Set(epochs).size).toBe(1);
      expect(epochs[0]).not.toBe('');
    });

    it('[LOG-11] loading tells no channel where nobody wrote, and one named by its id after the first append', async () => {
      const id = randomUUID();
      const key: LogKey = `channel:${id}`;
      expect(valueOf(await log.load(id, 10, 1_000))).toMatchObject({
        channel: null,
        page: { head: 0, events: [] },
      });
      await commit(
        log,
        Array.from({ length: 5 }, () => entryOf(key)),
      );
      const loaded = valueOf(await fixture.two.load(id, 3, 1_000_000));
      expect(loaded.channel).toEqual({ id, name: id, private: false });
      expect(loaded.page).toEqual(await page(key, { direction: 'newest', limit: 3, maxBytes: 1_000_000 }));
      expect(seqsOf(loaded.page)).toEqual([3, 4, 5]);
    });

    it('[LOG-12] after a fence appends go on where the log stands', async () => {
      const key = freshLog();
      await commit(log, [entryOf(key)]);
      expect(await fixture.two.fence()).toEqual({ ok: true, value: undefined });
      expect(await commit(fixture.two, [entryOf(key)])).toMatchObject([{ seq: 2 }]);
    });
  });
}
