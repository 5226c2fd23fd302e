/** What only a real PostgreSQL can do to the log: broken connections, locks, stragglers. */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appendStatement } from '../../src/storage/append-batch.ts';
import { createPool } from '../../src/storage/pool.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import type { PostgresLogOptions } from '../../src/storage/postgres-log.ts';
import { inboxesName } from '../../src/storage/shard-connections.ts';
import { WriterConnection } from '../../src/storage/writer-connection.ts';
import type { ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { commit, entryOf, freshLog, valueOf } from '../contracts/channel-log.ts';
import { createDatabase, withClient, writersBlocked } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import type { PostgresProxy } from '../support/postgres-proxy.ts';

let database: TestDatabase;
let proxy: PostgresProxy;
const opened: ChannelLog[] = [];

function open(options: Partial<PostgresLogOptions> = {}): PostgresLog {
  const { connectionString } = database;
  const log = new PostgresLog({
    ...{ connectionString, owner: 'test', shard: 0, incarnation: 1, logger: pino({ level: 'silent' }) },
    ...options,
  });
  opened.push(log);
  return log;
}

/** A log whose writes go through the proxy; `direct` reads what really is there. */
async function openBoth(options: Partial<PostgresLogOptions> = {}) {
  const direct = open({ owner: 'direct' });
  const log = open({ connectionString: proxy.connectionString, ...options });
  const key = freshLog();
  await commit(log, [entryOf(key)]);
  return { log, direct, key };
}

async function seqsIn(log: ChannelLog, key: LogKey): Promise<number[]> {
  const page = valueOf(await log.read(key, { direction: 'newest', limit: 100, maxBytes: 100_000 }));
  return page.events.map(({ seq }) => seq);
}

/** Changes a default of the test's database: it holds for connections that are made from now on. */
function setDefault(setting: string, value: string): Promise<unknown> {
  const name = new URL(database.connectionString).pathname.slice(1);
  return withClient(database.connectionString, async (client) => {
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter database ${name} set ${setting} = ${value}`);
  });
}

beforeAll(async () => {
  database = await createDatabase();
  proxy = await startPostgresProxy(database.connectionString);
});
afterEach(async () => {
  proxy.requests = proxy.answers = 'pass';
  await Promise.all(opened.splice(0).map((log) => log.close()));
});
afterAll(async () => {
  await proxy.close();
  await database.drop();
});

describe('a batch whose connection breaks', () => {
  it('[LOG-14] behind the commit: unknown; locate finds it, and a retry is a duplicate', async () => {
    const { log, direct, key } = await openBoth();
    const [entry, next] = [entryOf(key), entryOf(key)];
    proxy.answers = 'cut';
    expect((await log.append([entry])).status).toBe('unknown');
    proxy.answers = 'pass';
    expect(valueOf(await log.locate([entry, next]))).toEqual([
      { id: entry.id, seq: 2, duplicate: true },
      null,
    ]);
    expect(await commit(log, [entry, next], true)).toMatchObject([
      { seq: 2, duplicate: true },
      { seq: 3, duplicate: false },
    ]);
    expect(await seqsIn(direct, key)).toEqual([1, 2, 3]);
  });

  it('[LOG-14] before the statement arrived: unknown; locate finds nothing, and a retry lands', async () => {
    const { log, direct, key } = await openBoth();
    const entry = entryOf(key);
    proxy.requests = 'cut';
    expect((await log.append([entry])).status).toBe('unknown');
    proxy.requests = 'pass';
    expect(valueOf(await log.locate([entry]))).toEqual([null]);
    expect(await commit(log, [entry], true)).toMatchObject([{ seq: 2, duplicate: false }]);
    expect(await seqsIn(direct, key)).toEqual([1, 2]);
  });

  it('[LOG-14] an answer that never comes counts as unknown', async () => {
    const { log, key } = await openBoth({ answerTimeoutMs: 100 });
    const entry = entryOf(key);
    proxy.answers = 'hold';
    expect((await log.append([entry])).status).toBe('unknown');
    proxy.answers = 'pass';
    expect(valueOf(await log.locate([entry]))).toMatchObject([{ seq: 2 }]);
  });

  it('[LOG-14] what locate did not find can’t land later', async () => {
    const { log, direct, key } = await openBoth();
    const entry = entryOf(key);
    await withClient(database.connectionString, async (client) => {
      await client.query('begin');
      await client.query('select from logs where key = $1 for update', [key]);
      const outcome = log.append([entry]);
      await writersBlocked(database.connectionString);
      // The server doesn't notice that its client is gone while it waits for a lock.
      proxy.cutClients();
      expect((await outcome).status).toBe('unknown');
      expect(valueOf(await log.locate([entry]))).toEqual([null]);
      await client.query('commit');
    });
    expect(await seqsIn(direct, key)).toEqual([1]);
    expect(await commit(log, [entry], true)).toMatchObject([{ seq: 2, duplicate: false }]);
  });
});

describe('a database that is away', () => {
  it('[LOG-15] append is unavailable, reads fail, and both work again when it is back', async () => {
    const { log, key } = await openBoth();
    await proxy.stop();
    const entry = entryOf(key);
    // The first call may find out by the broken connection, which leaves its outcome open.
    expect(['unavailable', 'unknown']).toContain((await log.append([entry])).status);
    expect((await log.append([entry])).status).toBe('unavailable');
    expect(await log.read(key, { direction: 'newest', limit: 1, maxBytes: 1 })).toMatchObject({ ok: false });
    expect(await log.find(key, entry.id)).toMatchObject({ ok: false });
    expect(await log.locate([entry])).toMatchObject({ ok: false });
    expect(await log.fence()).toMatchObject({ ok: false });
    await proxy.listen();
    expect(await commit(log, [entry], true)).toMatchObject([{ seq: 2, duplicate: false }]);
    expect(await seqsIn(log, key)).toEqual([1, 2]);
  });

  it('[LOG-15] a server that takes no writes is unavailable, not a refusal', async () => {
    const key = freshLog();
    await setDefault('default_transaction_read_only', 'on');
    const log = open();
    expect((await log.append([entryOf(key)])).status).toBe('unavailable');
    await setDefault('default_transaction_read_only', 'off');
    expect(await commit(log, [entryOf(key)])).toMatchObject([{ seq: 1 }]);
  });
});

describe('two servers on one database', () => {
  it('[LOG-16] a duplicate that the other commits while we wait for its lock is seen', async () => {
    const key = freshLog();
    const log = open();
    await commit(log, [entryOf(key)]);
    const theirs = entryOf(key, { clientMessageId: 'same' });
    const ours = [entryOf(key), entryOf(key, { clientMessageId: 'same' })];
    await withClient(database.connectionString, async (client) => {
      await client.query('begin');
      await client.query(appendStatement([theirs], false)!);
      const outcome = commit(log, ours);
      await writersBlocked(database.connectionString);
      await client.query('commit');
      expect(await outcome).toEqual([
        { id: ours[0]!.id, seq: 3, duplicate: false },
        { id: theirs.id, seq: 2, duplicate: true },
      ]);
    });
    expect(await seqsIn(log, key)).toEqual([1, 2, 3]);
  });

  it('[LOG-16] a log that both make at once is made once', async () => {
    const writers = [open({ owner: 'one' }), open({ owner: 'two' }), open({ owner: 'three' })];
    for (let round = 0; round < 10; round += 1) {
      const keys = [freshLog(), freshLog(), freshLog()];
      const orders = [keys, keys.toReversed(), [keys[1]!, keys[0]!, keys[2]!]];
      await Promise.all(
        writers.map((writer, index) =>
          commit(
            writer,
            orders[index]!.map((key): LogEntry => entryOf(key)),
          ),
        ),
      );
      for (const key of keys) expect(await seqsIn(writers[0]!, key)).toEqual([1, 2, 3]);
    }
  });
});

describe('a fence', () => {
  it('[LOG-12] ends what an earlier incarnation still runs, so it can’t commit any more', async () => {
    const key = freshLog();
    const [old, next, other] = [open(), open({ incarnation: 2 }), open({ shard: 1 })];
    await commit(other, [entryOf(key)]);
    const [late, unrelated, mine] = [entryOf(key), entryOf(key), entryOf(key)];
    await withClient(database.connectionString, async (client) => {
      await client.query('begin');
      await client.query('select from logs where key = $1 for update', [key]);
      const outcomes = [old.append([late]), other.append([unrelated])];
      await writersBlocked(database.connectionString, 2);
      expect(await next.fence()).toEqual({ ok: true, value: undefined });
      expect((await outcomes[0])!.status).toBe('unknown');
      await client.query('commit');
      // Another shard's connection is none of its business.
      expect((await outcomes[1])!.status).toBe('committed');
    });
    expect(valueOf(await next.locate([late]))).toEqual([null]);
    expect(await commit(next, [mine])).toMatchObject([{ seq: 3 }]);
  });

  it('[LOG-12] ends what an earlier incarnation still writes of inboxes, and not what its own does', async () => {
    const shard = { owner: 'test', shard: 0 };
    const logger = pino({ level: 'silent' });
    const { connectionString } = database;
    const [old, mine] = [1, 2].map((incarnation) =>
      createPool({
        connectionString,
        max: 1,
        logger,
        applicationName: inboxesName({ ...shard, incarnation }),
      }),
    );
    const next = open({ incarnation: 2 });
    await withClient(connectionString, async (client) => {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock(7)');
      const outcomes = [old!, mine!].map((pool) =>
        pool.query('select pg_advisory_xact_lock(7)').then(
          () => 'committed',
          () => 'ended',
        ),
      );
      await writersBlocked(connectionString, 2);
      expect(await next.fence()).toEqual({ ok: true, value: undefined });
      expect(await outcomes[0]).toBe('ended');
      await client.query('commit');
      expect(await outcomes[1]).toBe('committed');
    });
    await Promise.all([old!.end(), mine!.end()]);
  });
});

it('[LOG-17] a commit waits for the disk even where the server’s default is not to', async () => {
  const inForce = async () => {
    const writer = new WriterConnection({
      connectionString: database.connectionString,
      applicationName: 'x',
    });
    const text = "select current_setting('synchronous_commit') as mode";
    const result = await writer.run<{ mode: string }>({ text });
    await writer.close();
    return result.ok ? result.rows[0]?.mode : result.reason;
  };
  await setDefault('synchronous_commit', 'off');
  expect(await inForce()).toBe('on');
  await setDefault('synchronous_commit', 'remote_apply');
  expect(await inForce()).toBe('remote_apply');
  await setDefault('synchronous_commit', 'default');
});
