import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresInboxes } from '../../src/storage/postgres-inboxes.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { createDatabase } from '../support/postgres.ts';
import { inboxStoreContract } from './inbox-store.ts';
import { valueOf } from './stores.ts';

inboxStoreContract('PostgresInboxes', async () => {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  // One connection for all of its calls, so that no test seems to leak what they share.
  const database = valueOf(await connectDatabase({ connectionString, logger, max: 1 }));
  await database.query('select 1', []);
  const open = (owner: string) =>
    new PostgresLog({ connectionString, owner, shard: 0, incarnation: 1, logger });
  const [one, two] = [open('one'), open('two')];
  await Promise.all([one.append([]), two.append([]), one.fence(), two.fence()]);
  const names = new PostgresNames(database);
  return {
    inboxes: new PostgresInboxes(database),
    one,
    two,
    addPerson: async ({ id, name, guest }) => {
      valueOf(await names.claim(id, name, guest, 1_700_000_000_000));
    },
    close: async () => {
      await Promise.all([one.close(), two.close(), database.close()]);
      await test.drop();
    },
  };
});
