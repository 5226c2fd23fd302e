import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageRecords } from '../../src/exports/message-records.ts';
import type { LogEntry } from '../../src/shard/ports/channel-log.ts';
import { PostgresChannelRecords } from '../../src/storage/postgres-channel-records.ts';
import { PostgresHeld } from '../../src/storage/postgres-held.ts';
import { PostgresReadMarks } from '../../src/storage/postgres-read-marks.ts';
import { PostgresReports } from '../../src/storage/postgres-reports.ts';
import { PostgresRetention } from '../../src/storage/postgres-retention.ts';
import { PostgresSearch } from '../../src/storage/postgres-search.ts';
import { updateOf } from './amendments.ts';
import { commit, entryOf, valueOf as readOf } from './channel-log.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';
import { floorsMoved, retained, retentionContract, STEP } from './retention.ts';
import { valueOf } from './stores.ts';

const NOW = 1_700_000_000_000;
const DAY_MS = 86_400_000;

async function connected(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

retentionContract('PostgresRetention', async () => {
  const { database, log, close } = await openLogAndDatabase();
  return {
    retention: new PostgresRetention(database, STEP),
    ...{ log, close },
    records: new PostgresChannelRecords(database),
    marks: new PostgresReadMarks(database),
    held: new PostgresHeld(database),
    search: new PostgresSearch({ database, now: Date.now }),
  };
});

describe('rows of what is past', () => {
  let opened: Awaited<ReturnType<typeof openLogAndDatabase>>;
  beforeAll(async () => {
    opened = await openLogAndDatabase();
  });
  afterAll(() => opened.close());

  const query = async <Row extends object>(text: string, values: unknown[] = []): Promise<readonly Row[]> => {
    const found = await opened.database.query<Row>(text, values);
    if (!found.ok) throw new Error(found.failure.message);
    return found.rows;
  };
  const TABLES = [
    ...['message_versions', 'reactions', 'pins', 'message_search', 'search_again'],
    ...['shadow_edits', 'amended_events', 'events'],
  ];
  const rowsBelow = async (log: string, floor: number): Promise<Record<string, number>> => {
    const counts = TABLES.map(
      (table) =>
        `(select count(*)::integer from ${table} where log_id = l.id and seq < ${floor}) as ${table}`,
    );
    const byRoot = ['replies', 'threads'].map(
      (table) =>
        `(select count(*)::integer from ${table} where log_id = l.id and root < ${floor}) as ${table}`,
    );
    const [row] = await query<Record<string, number>>(
      `select ${[...counts, ...byRoot].join(', ')} from logs as l where l.key = $1`,
      [log],
    );
    return row!;
  };
  /** A log of 12 messages that keeps one, with everything that can hang on the first; the last is a reply to it. */
  const laden = async (channel: string) => {
    const log = `channel:${channel}` as const;
    const message = (fields: Partial<LogEntry> = {}): LogEntry => {
      const entry = entryOf(log, { timestamp: NOW, ...fields });
      const { id } = entry;
      return { ...entry, data: JSON.stringify({ id, content: 'word', author: { id: 'ada', name: 'Ada' } }) };
    };
    const first = message();
    await commit(opened.log, [first, ...Array.from({ length: 11 }, () => message())]);
    const about = { needs: first.id };
    await commit(opened.log, [
      entryOf(log, {
        ...{ timestamp: NOW, type: 'message:pinned', ...about },
        changes: [{ kind: 'pin', target: first.id, isPinned: true }],
      }),
      entryOf(log, {
        ...{ timestamp: NOW, type: 'reaction:added' },
        reacts: { target: first.id, emoji: '👍', isAdded: true },
      }),
    ]);
    await commit(opened.log, [updateOf(first, 'other', { timestamp: NOW })]);
    const text = { content: 'for few', editedAt: 1 };
    await commit(opened.log, [
      entryOf(log, {
        ...{
          timestamp: NOW,
          type: 'message:updated',
          data: JSON.stringify({ id: first.id, ...text, shadow: 'ada' }),
        },
        changes: [{ kind: 'shadowEdit', target: first.id, author: 'ada', text }],
      }),
    ]);
    await commit(opened.log, [message({ ...about, changes: [{ kind: 'reply', root: first.id }] })]);
    await query(
      `insert into message_search (log_id, seq, timestamp, words)
       select id, 1, 1, 'word'::tsvector from logs where key = $1`,
      [log],
    );
    return log;
  };

  it('[RETAIN-11] go from every table in small pieces, whoever begins and whoever goes on', async () => {
    const log = await laden(randomUUID());
    const before = await rowsBelow(log, 13);
    expect(Object.values(before).every((count) => count > 0)).toBe(true);
    const one = new PostgresRetention(opened.database, 4);
    await floorsMoved(one, NOW + DAY_MS, { messages: 1 });
    const [{ floor }] = (await query<{ floor: string }>('select floor from logs where key = $1', [log])) as [
      { floor: string },
    ];
    // The reply stays, with what came since the message before it.
    expect(floor).toBe('13');
    expect((await rowsBelow(log, 13))['events']).toBe(12);
    expect(valueOf(await one.removeRows(NOW + DAY_MS))).toBeGreaterThan(0);
    expect((await rowsBelow(log, 13))['events']).toBe(12);
    // Another server goes on, or the same one behind a crash; a day later not even the ids are known.
    const two = new PostgresRetention(opened.database, 4);
    await retained(two, NOW + DAY_MS, { messages: 1 });
    const left = await rowsBelow(log, 13);
    expect(left).toMatchObject({ events: 12, reactions: 0, pins: 0, message_versions: 0, threads: 0 });
    const texts = await query<{ data: object }>(
      'select e.data from events as e join logs as l on l.id = e.log_id where l.key = $1 and e.seq < 13',
      [log],
    );
    expect(texts.every(({ data }) => Object.keys(data).length === 0)).toBe(true);
    await query("update log_retention set moved_at = moved_at - interval '1 hour'");
    await retained(two, NOW + 3 * DAY_MS, { messages: 1 });
    expect(Object.values(await rowsBelow(log, 13)).every((count) => count === 0)).toBe(true);
    // What is looked at again and again is nothing but what is left.
    await retained(two, NOW + 4 * DAY_MS, { messages: 1 });
    expect(await query('select due_at from log_retention where due_at is not null')).toEqual([]);
    const edits = await query<{ data: object }>(
      "select e.data from events as e join logs as l on l.id = e.log_id where l.key = $1 and e.type = 'message:updated'",
      [log],
    );
    expect(edits.map(({ data }) => Object.keys(data))).toEqual([['id'], ['id', 'shadow']]);
  });

  it('[RETAIN-11] two servers don’t get in each other’s way, and what somebody holds goes the next time', async () => {
    const log = await laden(randomUUID());
    const retention = new PostgresRetention(opened.database, 100);
    await floorsMoved(retention, NOW + 2 * DAY_MS, { messages: 1 });
    await using client = await connected(opened.connectionString);
    await client.query('begin');
    await client.query(
      `select from events as e join logs as l on l.id = e.log_id where l.key = $1 and e.seq = 3 for update of e`,
      [log],
    );
    await retained(retention, NOW + 2 * DAY_MS, { messages: 1 });
    expect((await rowsBelow(log, 13))['events']).toBe(1);
    await client.query('commit');
    await client.query('begin');
    const later = NOW + 2 * DAY_MS + 10_000;
    await client.query('select pg_advisory_xact_lock(1215652450, 23), pg_advisory_xact_lock(1215652450, 24)');
    expect(valueOf(await retention.removeRows(later))).toBe(0);
    const step = valueOf(await retention.moveFloor(null, later, { messages: 1 }));
    expect(step).toEqual({ next: null, moved: null, isBusy: false });
    await client.query('commit');
    await retained(retention, later, { messages: 1 });
    expect((await rowsBelow(log, 13))['events']).toBe(0);
  });

  it('[RETAIN-11] of a log of which nothing is past one event is looked at', async () => {
    const log = `channel:${randomUUID()}` as const;
    await commit(
      opened.log,
      [...Array(200)].map(() => entryOf(log, { timestamp: NOW })),
    );
    await using client = await connected(opened.connectionString);
    await client.query('begin');
    await client.query("delete from logs where key <> $1 and key like 'channel:%'", [log]);
    await client.query('select * from move_floor(null, 1000, $1, 30, null)', [NOW]);
    const { rows } = await client.query<{ read: number }>(
      `select (seq_tup_read + idx_tup_fetch)::integer as read from pg_stat_xact_user_tables where relname = 'events'`,
    );
    await client.query('rollback');
    expect(rows[0]!.read).toBe(1);
  });

  it('[RETAIN-5] [RETAIN-11] whoever writes, edits, reacts and replies meanwhile is neither refused nor held up, and leaves nothing behind', async () => {
    const log = `channel:${randomUUID()}` as const;
    const retention = new PostgresRetention(opened.database, 7);
    const ids: string[] = [];
    let isWriting = true;
    const write = async (): Promise<void> => {
      for (let turn = 0; turn < 120; turn += 1) {
        const batch: LogEntry[] = [];
        for (let nth = 0; nth < 3; nth += 1) {
          const { id } = entryOf(log);
          // One of those that are about to go, or are gone.
          const target = ids.at(-1 - ((turn * 7 + nth * 5) % 12));
          const data = JSON.stringify({ id, content: 'word' });
          const reply = target === undefined ? {} : { needs: target };
          batch.push(
            entryOf(log, { id, data, timestamp: NOW, clientMessageId: id, ...(nth === 1 ? reply : {}) }),
          );
          if (target === undefined) continue;
          if (nth === 0) batch.push(updateOf({ log, id: target }, `text ${turn}`, { timestamp: NOW }));
          const reacts = { target, emoji: '👍', isAdded: turn % 2 === 0 };
          if (nth === 2) batch.push(entryOf(log, { type: 'reaction:added', reacts, timestamp: NOW }));
        }
        const placements = await commit(opened.log, batch);
        batch.forEach(({ id, type }, at) => {
          if (type === 'message:created' && placements[at]!.seq > 0) ids.push(id);
        });
      }
      isWriting = false;
    };
    const remove = async (): Promise<void> => {
      while (isWriting) await retained(retention, NOW + 60_000, { messages: 5 });
    };
    const read = async (): Promise<void> => {
      while (isWriting) {
        const after = { direction: 'after', seq: 0, limit: 1_000, maxBytes: 1_000_000 } as const;
        const page = readOf(await opened.log.read(log, after));
        expect(page.events.map(({ seq }) => seq)).toEqual(
          Array.from({ length: page.head - page.floor + 1 }, (_, nth) => page.floor + nth),
        );
      }
    };
    await Promise.all([write(), remove(), read()]);
    await query("update log_retention set moved_at = moved_at - interval '1 hour'");
    await retained(retention, NOW + 5 * DAY_MS, { messages: 5 });
    await retained(retention, NOW + 6 * DAY_MS, { messages: 5 });
    const [{ floor, head }] = (await query<{ floor: string; head: string }>(
      'select floor, head from logs where key = $1',
      [log],
    )) as [{ floor: string; head: string }];
    expect(Object.values(await rowsBelow(log, Number(floor))).every((count) => count === 0)).toBe(true);
    const newest = { direction: 'newest', limit: 100, maxBytes: 100_000 } as const;
    const { events } = readOf(await opened.log.read(log, newest));
    expect(events.filter(({ type }) => type === 'message:created')).toHaveLength(5);
    expect(events[0]?.seq).toBe(Number(floor));
    expect(events.at(-1)?.seq).toBe(Number(head));
  });

  it('[RETAIN-14] messages that wait for a moderator go by their age', async () => {
    const log = await laden('waits');
    const held = new PostgresHeld(opened.database);
    const wait = async (id: string, at: number): Promise<void> => {
      const author = { id: 'ada', name: 'Ada' };
      valueOf(await held.hold({ id, channelId: 'waits', author, data: '{"content":"x"}', reason: 'x', at }));
    };
    await wait('old', NOW - 3 * DAY_MS);
    await wait('new', NOW);
    const set = { kind: 'channel', settings: { retentionDays: 2 } } as const;
    await commit(opened.log, [entryOf(log, { type: 'channel:updated', timestamp: NOW, changes: [set] })]);
    await retained(new PostgresRetention(opened.database), NOW);
    expect(valueOf(await held.list('waits', null, 9)).items.map(({ id }) => id)).toEqual(['new']);
  });

  it('[RETAIN-5] [RETAIN-8] reports and exports know nothing of it', async () => {
    const channel = 'told';
    const log = await laden(channel);
    const retention = new PostgresRetention(opened.database);
    await floorsMoved(retention, NOW + DAY_MS, { messages: 3 });
    const { events } = readOf(await opened.log.read(log, { direction: 'newest', limit: 9, maxBytes: 9_999 }));
    const [first, ...more] = events.filter(({ type }) => type === 'message:created');
    const reports = new PostgresReports(opened.database);
    const report = {
      channelId: channel,
      reporter: { id: 'bob', name: 'Bob' },
      reason: 'It is spam.',
      at: NOW,
    };
    const gone = await query<{ id: string }>(
      'select e.id from events as e join logs as l on l.id = e.log_id where l.key = $1 and e.seq = 1',
      [log],
    );
    expect(await reports.file({ ...report, id: 'r1', messageId: gone[0]!.id })).toMatchObject({
      failure: { code: 'not_found' },
    });
    const filed = valueOf(await reports.file({ ...report, id: 'r2', messageId: more[0]!.id }));
    expect(filed.report.context.map(({ id }) => id)).toEqual([first!.id]);
    await using client = await connected(opened.connectionString);
    const exported: unknown[] = [];
    for await (const record of messageRecords(client, { channelIds: [channel] }, 0)) {
      if (record.kind === 'message') exported.push(record['id']);
    }
    expect(exported).toEqual([first, ...more].map((event) => event!.id));
    // What was filed stays when its message is gone.
    await retained(retention, NOW + 9 * DAY_MS, { days: 1 });
    const listed = valueOf(await reports.list({ by: 'mod', limit: 9, channelId: channel }));
    expect(listed.items).toMatchObject([{ id: 'r2', message: { content: 'word' } }]);
  });
});
