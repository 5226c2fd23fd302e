import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresSearch } from '../../src/storage/postgres-search.ts';
import { createDatabase } from '../support/postgres.ts';
import { messageSearchContract, SEARCHED_AT } from './message-search.ts';
import { valueOf } from './stores.ts';

messageSearchContract('PostgresSearch', async () => {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  // One connection for all of its calls, so that no test seems to leak what they share.
  const database = valueOf(await connectDatabase({ connectionString, logger, max: 1 }));
  await database.query('select 1', []);
  const log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  await Promise.all([log.append([]), log.fence()]);
  const names = new PostgresNames(database);
  return {
    search: new PostgresSearch({ database, now: () => SEARCHED_AT }),
    log,
    addPerson: async ({ id, name }) => void valueOf(await names.claim(id, name, false, SEARCHED_AT)),
    close: async () => {
      await Promise.all([log.close(), database.close()]);
      await test.drop();
    },
  };
});
