/** What only a real PostgreSQL can do to inboxes: an outage, a default that doesn't wait for the disk. */
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failure } from '../../src/protocol/errors.ts';
import { Database } from '../../src/storage/database.ts';
import { createPool } from '../../src/storage/pool.ts';
import { PostgresInboxes } from '../../src/storage/postgres-inboxes.ts';
import { PostgresReadMarks } from '../../src/storage/postgres-read-marks.ts';
import { createDatabase, withClient } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('[LOG-57] [READ-1] while the database is away every call is unavailable; then it works again', async () => {
  const proxy = await startPostgresProxy(database.connectionString);
  const logger = pino({ level: 'silent' });
  const pool = createPool({
    connectionString: proxy.connectionString,
    ...{ applicationName: 'inboxes', max: 1, logger },
  });
  const connected = new Database(pool, logger);
  const inboxes = new PostgresInboxes(connected);
  const reads = new PostgresReadMarks(connected);
  await proxy.stop();
  const calls = [
    () => inboxes.load(['ada']),
    () => inboxes.history('ada', 'bob', { limit: 1, maxBytes: 1 }),
    () => inboxes.conversations('ada', 1, 1),
    () => inboxes.find('ada', 'id'),
    () => inboxes.mark([{ owner: 'ada', correspondent: 'bob', delivered: 1, read: 1 }]),
    () => inboxes.block('ada', 'bob', 1),
    () => inboxes.unblock('ada', 'bob'),
    () => inboxes.blocks('ada'),
    () => inboxes.setPolicy('ada', 'nobody'),
    () => inboxes.findPerson({ name: 'bob' }),
    () => inboxes.heads(['ada']),
    () => inboxes.findNames(['bob']),
    () => reads.mark([{ user: 'ada', channelId: 'room', seq: 1, at: 1 }]),
    () => reads.unread(['ada']),
    () => reads.unread(['ada'], ['room']),
  ];
  const away = failure('unavailable', 'The database is away for a moment.', 1_000);
  for (const call of calls) expect(await call()).toEqual({ ok: false, failure: away });
  await proxy.listen();
  for (const call of calls) expect(await call()).toMatchObject({ ok: true });
  await connected.close();
  await proxy.close();
});

it.each([
  ['off', 'on'],
  ['remote_apply', 'remote_apply'],
])(
  '[LOG-57] [READ-1] marks wait for the disk where the server’s default is %s',
  async (byDefault, inForce) => {
    await withClient(database.connectionString, async (client) => {
      await client.query(`set synchronous_commit = ${byDefault}`);
      for (const mark of ['mark_whispers', 'mark_read']) {
        await client.query('begin');
        await client.query(`select from ${mark}('[]')`);
        const shown = await client.query("select current_setting('synchronous_commit') as mode");
        expect(shown.rows).toEqual([{ mode: inForce }]);
        await client.query('commit');
      }
    });
  },
);
