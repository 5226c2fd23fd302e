import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresAutomod } from '../../src/storage/postgres-automod.ts';
import { openDatabase } from './postgres-database.ts';
import { automodContract } from './automod-store.ts';

automodContract('automod in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return { automod: new PostgresAutomod(database), audit: new PostgresAuditLog(database), close };
});
