import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresDirectory } from '../../src/storage/postgres-directory.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresRateLimitSettings } from '../../src/storage/postgres-rate-limit-settings.ts';
import { PostgresServerName } from '../../src/storage/postgres-server-name.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { openDatabase } from './postgres-database.ts';
import { MOST_CHANNEL_LIMITS, storesContract } from './stores.ts';

storesContract('the stores in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    names: new PostgresNames(database),
    accounts: new PostgresAccounts(database),
    keys: new PostgresSigningKeys(database),
    directory: new PostgresDirectory(database),
    rateLimits: new PostgresRateLimitSettings(database, MOST_CHANNEL_LIMITS),
    serverName: new PostgresServerName(database),
    audit: new PostgresAuditLog(database),
    close,
  };
});
