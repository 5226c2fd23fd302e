import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresDirectory } from '../../src/storage/postgres-directory.ts';
import { PostgresRefreshTokens } from '../../src/storage/postgres-refresh-tokens.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { auditedActsContract } from './audited-acts.ts';
import { openDatabase } from './postgres-database.ts';

auditedActsContract('acts of the stores in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    audit: new PostgresAuditLog(database),
    security: new PostgresSecurity(database),
    accounts: new PostgresAccounts(database),
    refreshTokens: new PostgresRefreshTokens(database),
    keys: new PostgresSigningKeys(database),
    directory: new PostgresDirectory(database),
    close,
  };
});
