import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { createDatabase } from '../support/postgres.ts';
import { securityContract } from './security.ts';
import { valueOf } from './stores.ts';

securityContract('security in PostgreSQL', async () => {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    accounts: new PostgresAccounts(database),
    refreshTokens: new PostgresRefreshTokens(database),
    security: new PostgresSecurity(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
});
