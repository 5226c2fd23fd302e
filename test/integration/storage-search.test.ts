/** The search's index beside the log: passes that overlap with changes and with each other, turns, bounds. */
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/protocol/entities.ts';
import type { SearchQuestion } from '../../src/protocol/message-search.ts';
import type { LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { Database } from '../../src/storage/database.ts';
import { createPool } from '../../src/storage/pool.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { PostgresSearch } from '../../src/storage/postgres-search.ts';
import { EVENTS_A_PASS, SearchIndex } from '../../src/storage/search-index.ts';
import { deletionOf, updateOf } from '../contracts/amendments.ts';
import { commit, entryOf } from '../contracts/channel-log.ts';
import { valueOf } from '../contracts/stores.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';

const logger = pino({ level: 'silent' });
const ada: Principal = { id: 'ada', name: 'Ada', guest: false, roles: ['user'] };

let test: TestDatabase;
let database: Database;
let log: PostgresLog;
let search: PostgresSearch;
beforeAll(async () => {
  test = await createDatabase();
  const { connectionString } = test;
  database = valueOf(await connectDatabase({ connectionString, logger, max: 4 }));
  log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  search = new PostgresSearch({ database, now: () => Date.now() });
  // What the tests share is connected now, so that none of them seems to leak it.
  await Promise.all([1, 2, 3, 4].map(() => database.query('select pg_sleep(0.05)', [])));
  await Promise.all([log.append([]), log.fence()]);
  await commit(log, [entryOf('channel:any')]);
});
afterAll(async () => {
  await Promise.all([log.close(), database.close()]);
  await test.drop();
});

function message(key: LogKey, content: string): LogEntry {
  const id = randomUUID();
  return entryOf(key, { id, data: JSON.stringify({ id, content }) });
}

/** A new channel with one message. */
async function said(content: string) {
  const channel = randomUUID();
  const key: LogKey = `channel:${channel}`;
  const entry = message(key, content);
  await commit(log, [entry]);
  return { channel, key, entry };
}

async function find(text: string, question: Partial<SearchQuestion> = {}): Promise<string[]> {
  const page = valueOf(await search.search(ada, { text, limit: 100, ...question }));
  return page.messages.map(({ data }) => (JSON.parse(data) as { content: string }).content);
}

/** The stored words of all messages of a channel, marks left out. */
async function stored(channel: string): Promise<string[]> {
  const found = await database.query<{ words: string[] }>(
    `select tsvector_to_array(m.words) as words from message_search as m join logs as l on l.id = m.log_id
     where l.key = 'channel:' || $1 order by m.seq`,
    [channel],
  );
  if (!found.ok) throw new Error(found.failure.message);
  return found.rows.map(({ words }) => words.filter((word) => !/^[#@]/.test(word)).join(' '));
}

/** An index whose passes call `between` when they have read and before they store. */
function pausingIndex(between: () => Promise<unknown>): SearchIndex {
  const query: Database['query'] = async (text, values) => {
    if (text.includes('store_in_search')) await between();
    return database.query(text, values);
  };
  return new SearchIndex(Object.assign(Object.create(database) as Database, { query }));
}

describe('the index of the search', () => {
  it('[SEARCH-9] takes in nothing that was edited or deleted while it was being read', async () => {
    const edited = await said('before apple');
    const index = pausingIndex(() => commit(log, [updateOf(edited.entry, 'after pear')]));
    valueOf(await index.pass([edited.key]));
    expect(await stored(edited.channel)).toEqual([]);
    expect(await find('before', { channels: [edited.channel] })).toEqual([]);
    expect(await find('pear', { channels: [edited.channel] })).toEqual(['after pear']);
    expect(await stored(edited.channel)).toEqual(['after pear']);

    const deleted = await said('gone apple');
    valueOf(await pausingIndex(() => commit(log, [deletionOf(deleted.entry)])).pass([deleted.key]));
    expect(await stored(deleted.channel)).toEqual([]);
    expect(await find('gone', { channels: [deleted.channel] })).toEqual([]);
    expect(await stored(deleted.channel)).toEqual([]);
  });

  it('[SEARCH-9] a deletion takes the words out of the table in its own transaction', async () => {
    const { channel, entry } = await said('secret word');
    expect(await find('secret', { channels: [channel] })).toEqual(['secret word']);
    expect(await stored(channel)).toEqual(['secret word']);
    await commit(log, [deletionOf(entry)]);
    expect(await stored(channel)).toEqual([]);
  });

  it('[SEARCH-9] a deletion waits for nobody who is at work on the same row, and isn’t found all the same', async () => {
    const { channel, entry } = await said('locked word');
    expect(await find('locked', { channels: [channel] })).toEqual(['locked word']);
    await withClient(test.connectionString, async (client) => {
      await client.query('begin');
      await client.query('select from message_search for update');
      await commit(log, [deletionOf(entry)]);
      expect(await stored(channel)).toEqual(['locked word']);
      await client.query('rollback');
    });
    expect(await find('locked', { channels: [channel] })).toEqual([]);
    expect(await stored(channel)).toEqual([]);
  });

  it('[SEARCH-10] passes of two servers take in each message once; the later one stores nothing', async () => {
    const { channel, key } = await said('one');
    const other = new SearchIndex(database);
    let theirs = 0;
    const index = pausingIndex(async () => {
      theirs += valueOf(await other.pass([key])).read;
      await commit(log, [message(key, 'two')]);
      theirs += valueOf(await other.pass([key])).read;
    });
    expect(valueOf(await index.pass([key])).read).toBe(1);
    expect(theirs).toBe(2);
    expect(await stored(channel)).toEqual(['one', 'two']);
    expect(valueOf(await other.pass([key]))).toEqual({ read: 0, waiting: 0 });
  });

  it('[SEARCH-10] takes in logs that are longer than one pass, and inboxes never', async () => {
    const index = new SearchIndex(database);
    while (valueOf(await index.pass()).read > 0);
    const { channel, key } = await said('first');
    const entries = Array.from({ length: EVENTS_A_PASS }, (_, n) => message(key, `next ${n}`));
    await commit(log, [...entries, entryOf(`inbox:${randomUUID()}`)]);
    expect(valueOf(await index.pass())).toEqual({ read: EVENTS_A_PASS, waiting: EVENTS_A_PASS + 1 });
    expect(valueOf(await index.pass())).toEqual({ read: 1, waiting: 1 });
    expect(valueOf(await index.pass())).toEqual({ read: 0, waiting: 0 });
    expect(await stored(channel)).toHaveLength(EVENTS_A_PASS + 1);
  });

  it('[SEARCH-10] one server at a time has the turn, and another one when that is over', async () => {
    const index = new SearchIndex(database);
    const turns = async () => [
      await index.takeTurn('a'),
      await index.takeTurn('b'),
      await index.takeTurn('a'),
    ];
    expect(await turns()).toEqual([true, false, true]);
    await database.query("update search_turn set until = now() - interval '1 second'", []);
    expect(await index.takeTurn('b')).toBe(true);
    expect(await turns()).toEqual([false, true, false]);
  });
});

describe('a search', () => {
  it('[SEARCH-11] that takes too long is overloaded', async () => {
    const { channel } = await said('slow');
    const { connectionString } = test;
    const pool = createPool({
      connectionString,
      applicationName: 'slow',
      max: 1,
      logger,
      statementTimeoutMs: 200,
    });
    const hurried = new Database(pool, logger);
    const impatient = new PostgresSearch({ database: hurried, now: () => Date.now() });
    const ask = () => impatient.search(ada, { text: 'slow', channels: [channel], limit: 1 });
    expect(await ask()).toMatchObject({ ok: true });
    await withClient(connectionString, async (client) => {
      await client.query('begin');
      await client.query('lock table message_search in access exclusive mode');
      expect(await ask()).toMatchObject({ ok: false, failure: { code: 'overloaded', retryAfterMs: 2_000 } });
      await client.query('rollback');
    });
    expect(await ask()).toMatchObject({ ok: true });
    await hurried.close();
  });

  it('[SEARCH-11] of which too many are under way is overloaded, the others are answered', async () => {
    const { channel } = await said('many');
    const answers = await Promise.all(
      Array.from({ length: 18 }, () => search.search(ada, { text: 'many', channels: [channel], limit: 1 })),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(16);
    expect(answers.filter((answer) => !answer.ok && answer.failure.code === 'overloaded')).toHaveLength(2);
  });

  it('[SEARCH-11] behind which too much waits to be taken in is overloaded, and takes part of it in', async () => {
    const { channel, key } = await said('backlog');
    for (let batch = 0; batch < 4; batch += 1) {
      await commit(
        log,
        Array.from({ length: 1_000 }, () => message(key, 'backlog')),
      );
    }
    const ask = () => search.search(ada, { text: 'backlog', channels: [channel], limit: 1 });
    expect(await ask()).toMatchObject({ ok: false, failure: { code: 'overloaded' } });
    expect(await ask()).toMatchObject({ ok: true, value: { hasMore: true, messages: [{ seq: 4_001 }] } });
  });

  it('[SEARCH-11] for words that very many messages have tells the newest all the same', async () => {
    const { channel, key } = await said('common 0');
    for (let batch = 0; batch < 11; batch += 1) {
      await commit(
        log,
        Array.from({ length: 1_000 }, (_, n) => message(key, `common ${batch} ${n}`)),
      );
    }
    const index = new SearchIndex(database);
    while (valueOf(await index.pass([key])).read > 0);
    for (const question of [{ channels: [channel] }, {}]) {
      const first = valueOf(await search.search(ada, { text: 'common', limit: 2, ...question }));
      expect(first.messages.map(({ seq }) => seq)).toEqual([11_001, 11_000]);
      const next = valueOf(
        await search.search(ada, { text: 'common', limit: 2, behind: first.next!, ...question }),
      );
      expect(next.messages.map(({ seq }) => seq)).toEqual([10_999, 10_998]);
    }
    expect(await find('"common 10 7"', { channels: [channel] })).toEqual(['common 10 7']);
  });
});
