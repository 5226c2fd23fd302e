import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { openDatabase } from './postgres-database.ts';
import { securityContract } from './security.ts';

securityContract('security in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    accounts: new PostgresAccounts(database),
    refreshTokens: new PostgresRefreshTokens(database),
    security: new PostgresSecurity(database),
    close,
  };
});
