import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresDirectory } from '../../src/storage/postgres-directory.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresRateLimitSettings } from '../../src/storage/postgres-rate-limit-settings.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { createDatabase } from '../support/postgres.ts';
import { storesContract, valueOf } from './stores.ts';

storesContract('the stores in PostgreSQL', async () => {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    names: new PostgresNames(database),
    accounts: new PostgresAccounts(database),
    keys: new PostgresSigningKeys(database),
    directory: new PostgresDirectory(database),
    rateLimits: new PostgresRateLimitSettings(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
});
