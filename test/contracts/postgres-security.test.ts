import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSanctions } from '../../src/storage/postgres-sanctions.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { openDatabase } from './postgres-database.ts';
import { sanctionContract } from './sanctions.ts';
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

sanctionContract('bans and mutes in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    security: new PostgresSecurity(database),
    sanctions: new PostgresSanctions(database),
    audit: new PostgresAuditLog(database),
    close,
  };
});
