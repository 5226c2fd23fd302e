import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresUsers } from '../../src/storage/postgres-users.ts';
import { createDatabase } from '../support/postgres.ts';
import { valueOf } from './stores.ts';
import { usersContract } from './users.ts';

usersContract('users in PostgreSQL', async () => {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    users: new PostgresUsers(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
});
