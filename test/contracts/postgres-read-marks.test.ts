import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { PostgresReadMarks } from '../../src/storage/postgres-read-marks.ts';
import { createDatabase } from '../support/postgres.ts';
import { readMarksContract } from './read-marks.ts';
import { valueOf } from './stores.ts';

readMarksContract('PostgresReadMarks', async () => {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  // One connection for all of its calls, so that no test seems to leak what they share.
  const database = valueOf(await connectDatabase({ connectionString, logger, max: 1 }));
  await database.query('select 1', []);
  const log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  await Promise.all([log.append([]), log.fence()]);
  return {
    marks: new PostgresReadMarks(database),
    log,
    close: async () => {
      await Promise.all([log.close(), database.close()]);
      await test.drop();
    },
  };
});
