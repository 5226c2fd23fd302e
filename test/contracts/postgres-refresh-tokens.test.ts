import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { createDatabase } from '../support/postgres.ts';
import { refreshTokensContract } from './refresh-tokens.ts';
import { valueOf } from './stores.ts';

refreshTokensContract('refresh tokens in PostgreSQL', async () => {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    accounts: new PostgresAccounts(database),
    refreshTokens: new PostgresRefreshTokens(database),
    security: new PostgresSecurity(database),
    size: async () => {
      const counted = await database.query<{ n: number }>(
        'select count(*)::integer as n from refresh_families',
        [],
      );
      if (!counted.ok) throw new Error(counted.failure.message);
      return counted.rows[0]!.n;
    },
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
});
