/** What every {@link RetentionStore} keeps to, over the log that it removes from. Run by memory-retention and postgres-retention. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/protocol/entities.ts';
import type { MessageSearch } from '../../src/protocol/message-search.ts';
import type { FloorStep, RetentionDefaults, RetentionStore } from '../../src/protocol/retention.ts';
import type { ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import type { ChannelRecords } from '../../src/shard/ports/channel-records.ts';
import type { HeldStore } from '../../src/shard/ports/held-store.ts';
import type { ReadMarkStore } from '../../src/shard/ports/read-mark-store.ts';
import { updateOf } from './amendments.ts';
import { commit, entryOf, valueOf as readOf } from './channel-log.ts';
import { deleted } from './channel-records.ts';
import { valueOf } from './stores.ts';

/** Steps of {@link STEP} events over stores that are empty. */
export interface RetentionFixture {
  readonly retention: RetentionStore;
  readonly log: ChannelLog;
  readonly records: ChannelRecords;
  readonly marks: ReadMarkStore;
  readonly held: HeldStore;
  readonly search: MessageSearch;
  close(): Promise<void>;
}

/** Events a step, and rows a table. */
export const STEP = 5;

const DAY_MS = 86_400_000;
const FIRST = 1_700_000_000_000;
/** Of a message each minute. */
const MINUTE_MS = 60_000;
const staff: Principal = { id: 'root', name: 'Root', guest: false, roles: ['user', 'moderator'] };

/** Moves all floors that are to be moved at `at`. */
export async function floorsMoved(
  retention: RetentionStore,
  at: number,
  defaults: RetentionDefaults = {},
): Promise<void> {
  let after: string | null = null;
  let isBusy = true;
  while (isBusy) {
    isBusy = false;
    do {
      const step: FloorStep = valueOf(await retention.moveFloor(after, at, defaults));
      isBusy ||= step.isBusy;
      after = step.next;
    } while (after !== null);
  }
}

/** And removes what lies below them: how many rows. */
export async function retained(
  retention: RetentionStore,
  at: number,
  defaults: RetentionDefaults = {},
): Promise<number> {
  await floorsMoved(retention, at, defaults);
  let total = 0;
  for (let rows = -1; rows !== 0; total += rows) rows = valueOf(await retention.removeRows(at));
  return total;
}

/** Runs the suite over what `open` gives. */
export function retentionContract(name: string, open: () => Promise<RetentionFixture>): void {
  describe(`${name} keeps the contract of RetentionStore`, () => {
    let stores: RetentionFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const message = (log: LogKey, nth: number, fields: Partial<LogEntry> = {}): LogEntry => {
      const id = randomUUID();
      const data = JSON.stringify({ id, content: `text ${nth}`, author: { id: 'ada', name: 'Ada' } });
      return entryOf(log, { id, timestamp: FIRST + nth * MINUTE_MS, data, ...fields });
    };
    /** A channel that keeps so much, with `count` messages behind that. */
    const channelOf = async (settings: object, count: number) => {
      const channel = randomUUID();
      const log: LogKey = `channel:${channel}`;
      const set = entryOf(log, {
        ...{ type: 'channel:updated', data: '{}', timestamp: FIRST },
        changes: [{ kind: 'channel', settings }],
      });
      const messages = Array.from({ length: count }, (_, at) => message(log, at + 1));
      await commit(stores.log, [set]);
      await commit(stores.log, messages);
      return { channel, log, messages };
    };
    const page = async (log: LogKey, range: object = { direction: 'newest' }) => {
      const read = readOf(
        await stores.log.read(log, { direction: 'newest', limit: 100, maxBytes: 100_000, ...range }),
      );
      return { ...read, events: read.events.map(({ seq }) => seq) };
    };
    const later = (days: number): number => FIRST + days * DAY_MS;

    it('[RETAIN-3] [RETAIN-4] what is older than the channel says goes, and nothing where neither it nor the server says so', async () => {
      const { log } = await channelOf({ retentionDays: 2 }, 12);
      const [forEver, silent] = [await channelOf({ retentionDays: 0 }, 3), await channelOf({}, 3)];
      await commit(stores.log, [message(log, 2 * 24 * 60)]);
      await retained(stores.retention, later(2) + 6 * MINUTE_MS);
      // The one of the sixth minute is two days old and no older.
      expect(await page(log)).toMatchObject({ head: 14, floor: 7, events: [7, 8, 9, 10, 11, 12, 13, 14] });
      expect(await page(silent.log)).toMatchObject({ floor: 1 });
      await retained(stores.retention, later(2) + 6 * MINUTE_MS, { days: 1 });
      expect(await page(silent.log)).toMatchObject({ head: 4, floor: 5, events: [], hasMore: false });
      expect(await page(forEver.log)).toMatchObject({ floor: 1, events: [1, 2, 3, 4] });
    });

    it('[RETAIN-4] the newest messages stay, with what came since the one before them', async () => {
      const { log, messages } = await channelOf({ retentionMessages: 3 }, 12);
      const reaction = { target: messages[8]!.id, emoji: '👍', isAdded: true };
      await commit(stores.log, [
        entryOf(log, { type: 'reaction:added', reacts: reaction, timestamp: FIRST + 13 * MINUTE_MS }),
      ]);
      await commit(stores.log, [message(log, 20)]);
      await retained(stores.retention, later(1));
      // Messages 11 and 12 stand at 12 and 13, the reaction at 14.
      expect(await page(log)).toMatchObject({ head: 15, floor: 12, events: [12, 13, 14, 15] });
      await commit(stores.log, [message(log, 21), message(log, 22)]);
      await retained(stores.retention, later(1));
      expect(await page(log)).toMatchObject({ head: 17, floor: 14 });
      // By their count nothing goes that came just now.
      const now = later(1);
      await commit(
        stores.log,
        Array.from({ length: 5 }, () => message(log, 0, { timestamp: now - 1_000 })),
      );
      await retained(stores.retention, now);
      expect(await page(log)).toMatchObject({ head: 22, floor: 18 });
      await retained(stores.retention, now + 20_000);
      expect(await page(log)).toMatchObject({ head: 22, floor: 20, events: [20, 21, 22] });
    });

    it('[RETAIN-4] a stretch that holds no message is no end, and the server’s own count holds where a channel says nothing', async () => {
      const { log, messages } = await channelOf({}, 2);
      for (let nth = 0; nth < 3 * STEP; nth += 1) {
        const reacts = { target: messages[1]!.id, emoji: '👍', isAdded: nth % 2 === 0 };
        const type = reacts.isAdded ? 'reaction:added' : 'reaction:removed';
        await commit(stores.log, [entryOf(log, { type, reacts, timestamp: FIRST + 3 * MINUTE_MS })]);
      }
      await commit(stores.log, [message(log, 4), message(log, 5)]);
      await retained(stores.retention, later(1), { messages: 1 });
      expect(await page(log)).toMatchObject({ head: 3 + 3 * STEP + 2, floor: 3 + 3 * STEP + 2 });
    });

    it('[RETAIN-5] the floor moves before anything goes, a step at a time, and nothing below it is read or promised', async () => {
      const { log, messages } = await channelOf({ retentionMessages: 2 }, 12);
      const [old, young] = [messages[0]!, messages[11]!];
      await commit(stores.log, [updateOf(old, 'new')]);
      let floor = 1;
      for (let after: string | null = null; ;) {
        const step: FloorStep = valueOf(await stores.retention.moveFloor(after, later(1), {}));
        after = step.next;
        if (step.moved?.channelId === log.slice(8)) {
          expect(step.moved.floor - floor).toBeLessThanOrEqual(STEP);
          floor = step.moved.floor;
        }
        if (floor === 12) break;
      }
      expect(valueOf(await stores.retention.movedFloors())).toContainEqual({
        ...{ channelId: log.slice(8), epoch: (await page(log)).epoch },
        floor: 12,
      });
      // No row is gone yet.
      expect(await page(log)).toMatchObject({ floor: 12, events: [12, 13, 14], hasMore: false });
      expect(await page(log, { ofMessages: true, limit: 2 })).toMatchObject({ events: [12, 13, 14] });
      expect(await page(log, { direction: 'before', seq: 14, limit: 2 })).toMatchObject({ hasMore: false });
      expect(await page(log, { direction: 'before', seq: 5 })).toMatchObject({ events: [], hasMore: false });
      expect(await page(log, { direction: 'after', seq: 3 })).toMatchObject({ events: [12, 13, 14] });
      expect(readOf(await stores.log.find(log, old.id))).toBeNull();
      expect(readOf(await stores.log.find(log, young.id))).toMatchObject({ seq: 13 });
      expect(readOf(await stores.log.versions(log, old.id, { limit: 5, maxBytes: 1_000 }))).toBeNull();
      const both = { kind: 'events', ids: [old.id, young.id] } as const;
      expect(readOf(await stores.log.select(log, both))).toMatchObject({ events: [{ id: young.id }] });
      const sent = { kind: 'sent', sender: 'ada', since: FIRST, until: later(1), limit: 50 } as const;
      expect(readOf(await stores.log.select(log, sent)).events.map(({ seq }) => seq)).toEqual([12, 13]);
      const found = valueOf(
        await stores.search.search(staff, { text: 'text', channels: [log.slice(8)], limit: 2 }),
      );
      expect(found).toMatchObject({ messages: [{ seq: 13 }, { seq: 12 }], hasMore: false });
      expect((await stores.search.search(staff, { text: 'text', behind: old.id, limit: 2 })).ok).toBe(false);
      expect(readOf(await stores.log.load(log.slice(8), 50, 100_000)).page).toMatchObject({ floor: 12 });
      expect(await retained(stores.retention, later(1))).toBeGreaterThan(0);
      expect(await retained(stores.retention, later(1))).toBe(0);
    });

    it('[RETAIN-7] head and epoch stay, even when nothing is left', async () => {
      const { log } = await channelOf({ retentionDays: 1 }, 3);
      const before = await page(log);
      await retained(stores.retention, later(9));
      expect(await page(log)).toEqual({ ...before, floor: 5, events: [], hasMore: false });
      expect(await commit(stores.log, [message(log, 9 * 24 * 60)])).toMatchObject([{ seq: 5 }]);
      expect(await page(log)).toMatchObject({ epoch: before.epoch, head: 5, events: [5], hasMore: false });
    });

    it('[RETAIN-8] nothing is done to what is past, and nothing tells of it: no pin, no quotation, no thread, no edit', async () => {
      const { log, messages } = await channelOf({ retentionMessages: 3 }, 2);
      const [old] = messages as [LogEntry];
      await commit(stores.log, [
        entryOf(log, {
          ...{ type: 'message:pinned', needs: old.id, timestamp: FIRST + 3 * MINUTE_MS },
          changes: [{ kind: 'pin', target: old.id, isPinned: true }],
        }),
      ]);
      const reply = message(log, 4, {
        ...{ needs: old.id, changes: [{ kind: 'reply', root: old.id }] },
      });
      const data = JSON.stringify({ ...(JSON.parse(reply.data) as object), replyTo: old.id });
      await commit(stores.log, [{ ...reply, data }]);
      await commit(stores.log, [updateOf(old, 'edited', { timestamp: FIRST + 5 * MINUTE_MS })]);
      const quoted = readOf(await stores.log.find(log, reply.id))!;
      expect(JSON.parse(quoted.data)).toMatchObject({ quote: { content: 'edited' } });
      expect(readOf(await stores.log.load(log.slice(8), 9, 9_999)).tables.pins).toEqual([old.id]);
      await commit(stores.log, [message(log, 6), message(log, 7)]);
      // The floor alone, before anything goes.
      await floorsMoved(stores.retention, later(1));
      const kept = ['message:created', 'message:updated', 'message:created', 'message:created'];
      for (const isRemoved of [false, true]) {
        if (isRemoved) await retained(stores.retention, later(1));
        const { tables, page: loaded } = readOf(await stores.log.load(log.slice(8), 9, 9_999));
        expect(loaded.floor).toBe(4);
        expect(tables.pins).toEqual([]);
        expect(loaded.events.map(({ type }) => type)).toEqual(['message:pinned', ...kept]);
        expect(JSON.parse(loaded.events[1]!.data)).toMatchObject({ id: reply.id, replyTo: old.id });
        expect(loaded.events.some(({ data: text }) => text.includes('edited'))).toBe(false);
        const thread = { kind: 'thread', id: reply.id, limit: 9, maxBytes: 9_999 } as const;
        expect(readOf(await stores.log.select(log, thread)).events.map(({ id }) => id)).toEqual([reply.id]);
      }
      const acts = [
        entryOf(log, { type: 'reaction:added', reacts: { target: old.id, emoji: '👍', isAdded: true } }),
        entryOf(log, { type: 'message:pinned', needs: old.id }),
      ];
      expect(await commit(stores.log, acts)).toMatchObject([{ seq: 0 }, { seq: 0 }]);
    });

    it('[RETAIN-9] what is past is neither unread nor a mention, wherever the mark stands', async () => {
      const { channel, log, messages } = await channelOf({ retentionMessages: 2 }, 6);
      const mention = (target: LogEntry): LogEntry =>
        entryOf(`inbox:bob-${channel}`, {
          ...{ id: `${target.id}:m:bob`, type: 'mention:created', timestamp: FIRST },
          clientMessageId: `${channel}\x01${target.id}`,
        });
      await commit(stores.log, [mention(messages[0]!), mention(messages[5]!)]);
      const user = `bob-${channel}`;
      const unread = async () => valueOf(await stores.marks.unread([user], [channel]))[0]![0]!;
      expect(await unread()).toMatchObject({ seq: 0, head: 7, unread: 6, mentions: 2 });
      await retained(stores.retention, later(1));
      expect(await unread()).toMatchObject({ seq: 5, head: 7, unread: 2, mentions: 1 });
      const marked = valueOf(await stores.marks.mark([{ user, channelId: channel, seq: 3, at: FIRST }]));
      expect(marked).toMatchObject([{ seq: 5, unread: 2, mentions: 1 }]);
      await commit(stores.log, [message(log, 9)]);
      expect(
        valueOf(await stores.marks.mark([{ user, channelId: channel, seq: 7, at: FIRST }])),
      ).toMatchObject([{ seq: 7, head: 8, unread: 1, mentions: 0 }]);
    });

    it('[RETAIN-10] who sends again what is past is told so for a day; then it is a new message', async () => {
      const { log } = await channelOf({ retentionMessages: 1 }, 0);
      const first = message(log, 1, { clientMessageId: 'once' });
      await commit(stores.log, [first]);
      await commit(stores.log, [message(log, 2), message(log, 3)]);
      await retained(stores.retention, FIRST + 10 * MINUTE_MS);
      expect(await page(log)).toMatchObject({ floor: 4 });
      const again = { ...message(log, 1, { clientMessageId: 'once' }), timestamp: FIRST + 11 * MINUTE_MS };
      const known = { id: first.id, seq: 2, duplicate: true };
      expect(await commit(stores.log, [again])).toEqual([known]);
      expect(await commit(stores.log, [first], true)).toEqual([known]);
      expect(valueOf(await stores.held.sent(log.slice(8), 'ada', 'once'))).toEqual({ id: first.id, seq: 2 });
      await retained(stores.retention, later(2));
      expect(await commit(stores.log, [again])).toMatchObject([{ seq: 5, duplicate: false }]);
    });

    it('[RETAIN-4] [RETAIN-7] a deleted channel keeps no longer what is past, and is itself when it is restored', async () => {
      const { channel, log } = await channelOf({ retentionDays: 1 }, 3);
      const { epoch } = await page(log);
      expect(await deleted(stores.records, channel, false)).toBe(true);
      await retained(stores.retention, later(5));
      const restoration = { id: channel, by: { id: 'root', name: 'Root' }, at: FIRST };
      const before = { name: 'The room', private: false };
      expect(valueOf(await stores.records.restore({ ...restoration, before }))).toBe(true);
      expect(await page(log)).toMatchObject({ epoch, head: 4, floor: 5, events: [] });
      // And one that is purged begins anew.
      expect(await deleted(stores.records, channel, true)).toBe(true);
      await commit(stores.log, [message(log, 9 * 24 * 60)]);
      expect(await page(log)).toMatchObject({ head: 1, floor: 1, events: [1] });
    });
  });
}
