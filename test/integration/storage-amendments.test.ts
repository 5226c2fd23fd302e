/** What only a real PostgreSQL can do to amendments: broken connections, locks, halved batches, migrations taken back. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AppendEntry, ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { SHARD_BOUNDS } from '../../src/shard/ports/shard-ports.ts';
import { WriteBatch } from '../../src/shard/write-batch.ts';
import { appendStatement } from '../../src/storage/append-batch.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { runtimeTimers } from '../../src/threads/runtime-timers.ts';
import { deletionOf, updateOf } from '../contracts/amendments.ts';
import { messageOf, pinOf, reactionOf, replyOf } from '../contracts/channel-tables.ts';
import { commit, entryOf, freshLog, valueOf } from '../contracts/channel-log.ts';
import { createDatabase, type TestDatabase, withClient, writersBlocked } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';

const MIGRATIONS = path.join(import.meta.dirname, '../../src/storage/migrations');
const MESSAGE = '{"content":"a"}';

let database: TestDatabase;
const opened: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  // What was opened first is needed by the others.
  for (const each of opened.splice(0).reverse()) await each.close();
});
afterAll(() => database.drop());

function open(connectionString = database.connectionString, owner = 'test'): PostgresLog {
  const logger = pino({ level: 'silent' });
  const log = new PostgresLog({ connectionString, owner, shard: 0, incarnation: 1, logger });
  opened.push(log);
  return log;
}

async function eventsOf(log: ChannelLog, key: LogKey) {
  const page = valueOf(await log.read(key, { direction: 'newest', limit: 100, maxBytes: 100_000 }));
  return page.events.map(({ seq, type, data }) => [seq, type, JSON.parse(data) as unknown]);
}

/** Takes back the newest `count` migrations, or runs those that are missing. */
async function migrateTo(client: pg.Client, direction: 'up' | 'down', count: number): Promise<void> {
  await runner({
    ...{ dbClient: client, dir: MIGRATIONS, migrationsTable: 'migrations', direction, count },
    ...{ singleTransaction: true, log: () => undefined },
  });
}

it('[LOG-62] after an unknown outcome amendments are found, and a retry changes nothing', async () => {
  const proxy = await startPostgresProxy(database.connectionString);
  opened.push(proxy);
  const log = open(proxy.connectionString);
  const key = freshLog();
  const message = entryOf(key, { data: MESSAGE });
  await commit(log, [message]);
  const [update, deletion] = [updateOf(message, 'b'), deletionOf(message)];
  proxy.answers = 'cut';
  expect((await log.append([update])).status).toBe('unknown');
  proxy.answers = 'pass';
  const before = await eventsOf(log, key);
  expect(valueOf(await log.locate([update, deletion]))).toMatchObject([{ seq: 2 }, null]);
  expect(await commit(log, [update], true)).toMatchObject([{ id: update.id, seq: 2, duplicate: true }]);
  expect(await eventsOf(log, key)).toEqual(before);
  proxy.requests = 'cut';
  expect((await log.append([deletion])).status).toBe('unknown');
  proxy.requests = 'pass';
  expect(valueOf(await log.locate([deletion]))).toEqual([null]);
  expect(await commit(log, [deletion], true)).toMatchObject([{ seq: 3, duplicate: false }]);
});

it('[LOG-61] what another server commits while we wait for its lock counts', async () => {
  const log = open();
  const key = freshLog();
  const message = entryOf(key, { data: MESSAGE });
  await commit(log, [message]);
  const theirs = deletionOf(message);
  await withClient(database.connectionString, async (client) => {
    await client.query('begin');
    const { text, values } = appendStatement([theirs], false)!;
    await client.query(text, values);
    const ours = log.append([updateOf(message, 'b'), deletionOf(message)]);
    await writersBlocked(database.connectionString);
    await client.query('commit');
    expect(await ours).toMatchObject({
      placements: [{ seq: 0 }, { id: theirs.id, seq: 2, duplicate: true }],
    });
  });
});

it('[LOG-63] a batch that is refused is halved: the amendment at fault fails, the others land in order', async () => {
  const log = open();
  const [ada, bob] = [freshLog('inbox'), freshLog('inbox')];
  const whisper = [entryOf(bob, { data: MESSAGE }), entryOf(ada, { data: MESSAGE })] as const;
  const [received, sent] = whisper;
  await commit(log, whisper);
  const group = (change: (target: LogEntry) => LogEntry): AppendEntry => ({
    ...change(received),
    companions: [change(sent)],
  });
  const told = new Map<AppendEntry, unknown>();
  const silent = () => undefined;
  const batch = new WriteBatch(
    log,
    {
      timers: { ...runtimeTimers(), now: () => 0 },
      recorder: {
        ...{ committed: silent, uncommitted: silent, page: silent },
        request: silent,
        refused: silent,
      },
      logger: { warn: silent, error: silent, info: silent },
    },
    SHARD_BOUNDS,
    (entry, outcome) => {
      told.set(
        entry,
        'code' in outcome ? outcome.code : [outcome, ...outcome.companions].map(({ seq }) => seq),
      );
    },
  );
  const unsound = { ...updateOf(received, 'bad').amends!, data: '{' };
  const entries = [
    group((target) => updateOf(target, 'b')),
    { ...group((target) => updateOf(target, 'c')), amends: unsound },
    group((target) => updateOf(target, 'b')),
    group(deletionOf),
    group((target) => updateOf(target, 'd')),
    entryOf(bob),
  ];
  for (const entry of entries) expect(batch.add(entry)).toBeNull();
  await batch.drained();
  batch.close();
  expect([...told.values()]).toEqual([[2, 2], 'bad_request', [2, 2], [3, 3], [0, 0], [4]]);
  expect((await eventsOf(log, ada)).map(([seq, type]) => [seq, type])).toEqual([
    [1, 'message:created'],
    [2, 'message:updated'],
    [3, 'message:deleted'],
  ]);
});

it('[LOG-61] decides as the log in memory does, whatever stands together in a batch', async () => {
  const log = open();
  const memory = new MemoryLog(new MemoryLogStore());
  const kinds = ['send', 'twin', 'update', 'update', 'delete', 'retry', 'lost'] as const;
  const operation = fc.tuple(fc.constantFrom(...kinds), fc.nat(5), fc.constantFrom('a', 'b'));
  const batch = fc.tuple(fc.boolean(), fc.array(operation, { minLength: 1, maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async (batches) => {
      const keys = [freshLog(), freshLog('inbox')];
      const messages = keys.map((key) => entryOf(key, { data: MESSAGE }));
      const asked: LogEntry[] = [...messages];
      const decide = async (entries: readonly LogEntry[], retry: boolean) => {
        const outcomes = [await log.append(entries, { retry }), await memory.append(entries)];
        expect(outcomes[0]).toEqual(outcomes[1]);
        for (const key of keys) expect(await eventsOf(log, key)).toEqual(await eventsOf(memory, key));
      };
      await decide(messages, false);
      for (const [retry, operations] of batches) {
        const entries = operations.map(([kind, nth, content], index) => {
          const key = keys[nth % keys.length]!;
          const message = messages[nth % messages.length]!;
          if (kind === 'send') return entryOf(key, { data: JSON.stringify({ content }) });
          // No two of a batch may have the same.
          if (kind === 'twin') return entryOf(key, { data: MESSAGE, clientMessageId: `${index}` });
          if (kind === 'retry') return asked[nth % asked.length]!;
          if (kind === 'lost') return updateOf({ log: key, id: keys[0]! }, content);
          return kind === 'update' ? updateOf(message, content) : deletionOf(message);
        });
        const distinct = entries.filter(
          ({ id, log: of, clientMessageId }, index) =>
            !entries
              .slice(0, index)
              .some(
                (one) =>
                  one.id === id ||
                  (clientMessageId !== undefined &&
                    one.log === of &&
                    one.clientMessageId === clientMessageId),
              ),
        );
        await decide(distinct, retry);
        asked.push(...distinct);
        messages.push(...distinct.filter(({ amends }) => amends === undefined));
      }
    }),
    { numRuns: 60 },
  );
});

it('[LOG-70] [LOG-71] [LOG-74] pages, threads, pins and versions are those of the log in memory, to the byte', async () => {
  const log = open();
  const memory = new MemoryLog(new MemoryLogStore());
  const kinds = ['send', 'reply', 'react', 'react', 'unreact', 'pin', 'unpin', 'update', 'delete', 'retry'];
  const operation = fc.tuple(fc.constantFrom(...kinds), fc.nat(5), fc.nat(3));
  const batch = fc.array(operation, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 8 }), async (batches) => {
      const key = freshLog();
      const rootOf = new Map<string, string>();
      const messages = [messageOf(key, 'start "\u2028" 😀\u0001')];
      const asked: LogEntry[] = [...messages];
      for (const operations of [[], ...batches]) {
        const entries = operations.map(([kind, nth, other]): LogEntry => {
          const message = messages[nth % messages.length]!;
          const root = messages.find(({ id }) => id === rootOf.get(message.id)) ?? message;
          switch (kind) {
            case 'send':
              return messageOf(key, `text ${nth}`);
            case 'reply':
              return replyOf(root, `reply ${nth}`, { timestamp: 1_000 * other }, message);
            case 'react':
            case 'unreact':
              return reactionOf(message, `user ${other}`, `:${nth}:`, kind === 'react');
            case 'pin':
            case 'unpin':
              return pinOf(message, kind === 'pin');
            case 'update':
              return updateOf(message, `edited ${other}`);
            case 'delete':
              return other === 0 ? deletionOf(message) : updateOf(message, 'x');
            default:
              return asked[nth % asked.length]!;
          }
        });
        const distinct = [
          ...new Map(
            [...(operations.length === 0 ? messages : []), ...entries].map((entry) => [entry.id, entry]),
          ).values(),
        ];
        const outcomes = [await log.append(distinct), await memory.append(distinct)];
        expect(outcomes[0]).toEqual(outcomes[1]);
        asked.push(...distinct);
        for (const entry of distinct.filter(({ type }) => type === 'message:created')) {
          if (!messages.includes(entry)) messages.push(entry);
          const [reply] = entry.changes ?? [];
          if (reply?.kind === 'reply') rootOf.set(entry.id, reply.root);
        }
        const bounds = { limit: 1 + (asked.length % 30), maxBytes: 100_000 };
        const loads = [log, memory].map(async (one) => {
          const { page, tables } = valueOf(await one.load(key.slice('channel:'.length), 100, 100_000));
          const range = { direction: 'newest', ofMessages: true, ...bounds } as const;
          const thread = { kind: 'thread', id: messages.at(-1)!.id, ...bounds } as const;
          const { events, hasMore } = valueOf(await one.select(key, thread));
          return [
            ...[page.events, tables.pins, events, hasMore],
            valueOf(await one.read(key, range)).events,
            valueOf(await one.versions(key, messages[0]!.id, bounds)),
          ];
        });
        const [stored, held] = await Promise.all(loads);
        expect(stored).toEqual(held);
      }
    }),
    { numRuns: 40 },
  );
});

it('[LOG-60] a batch without amendments never takes the statement for those', () => {
  const name = (entries: LogEntry[], byId = false) => appendStatement(entries, byId)?.name;
  const [channel, inbox] = [entryOf(freshLog()), entryOf(freshLog('inbox'))];
  expect(name([channel])).toBe('log-append-new');
  expect(name([channel, inbox])).toBe('log-append-new');
  expect(name([channel], true)).toBe('log-append');
  expect(name([channel, inbox], true)).toBe('log-append-inbox');
  expect(name([channel, inbox, deletionOf(channel)])).toBe('log-append-changing');
});

it('[LOG-65] the migrations of inboxes and amendments can be taken back and run again, and leave the events alone', async () => {
  const test = await createDatabase();
  opened.push({ close: () => test.drop() });
  const key = freshLog();
  const log = open(test.connectionString);
  const message = entryOf(key, { data: MESSAGE });
  await commit(log, [message]);
  await commit(log, [updateOf(message, 'b')]);
  const before = await eventsOf(log, key);
  // They and all that came after them.
  const count = (await readdir(MIGRATIONS)).filter((name) => name >= '0007').length;
  const schema = async (client: pg.Client) => {
    const found = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace
       union all select proname || pg_get_function_arguments(oid) from pg_proc where pronamespace = 'public'::regnamespace
       order by 1`,
    );
    return found.rows.map(({ name }) => name);
  };
  await withClient(test.connectionString, async (client) => {
    const whole = await schema(client);
    await migrateTo(client, 'down', count);
    const left = await schema(client);
    expect(whole.filter((name) => !left.includes(name))).toEqual(
      expect.arrayContaining(['amended_events', 'blocks', 'conversations', 'inbox_settings', 'whispers']),
    );
    expect(left.filter((name) => /amend|inbox|whisper|conversation|received/.test(name))).toEqual([]);
    expect(await commit(log, [entryOf(key)], true)).toMatchObject([{ seq: 3 }]);
    await migrateTo(client, 'up', count);
    expect(await schema(client)).toEqual(whole);
  });
  expect((await eventsOf(log, key)).slice(0, 2)).toEqual(before);
  expect(await commit(log, [deletionOf(message)])).toMatchObject([{ seq: 4, duplicate: false }]);
});
