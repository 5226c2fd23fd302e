import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { openDatabase } from './postgres-database.ts';
import { refreshTokensContract } from './refresh-tokens.ts';

refreshTokensContract('refresh tokens in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
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
    close,
  };
});
