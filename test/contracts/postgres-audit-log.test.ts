import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { auditLogContract } from './audit-log.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';

auditLogContract('the audit log in PostgreSQL', async () => {
  const { database, log, close } = await openLogAndDatabase();
  return { audit: new PostgresAuditLog(database), log, close };
});
