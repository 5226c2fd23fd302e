import { PostgresApiKeys } from '../../src/storage/postgres-api-keys.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { apiKeysContract } from './api-keys.ts';
import { openDatabase } from './postgres-database.ts';

apiKeysContract('API keys in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return { keys: new PostgresApiKeys(database), audit: new PostgresAuditLog(database), close };
});
