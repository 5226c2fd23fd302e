import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresReports } from '../../src/storage/postgres-reports.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';
import { reportsContract } from './reports.ts';

reportsContract('reports in PostgreSQL', async () => {
  const { database, log, close } = await openLogAndDatabase();
  return { reports: new PostgresReports(database), audit: new PostgresAuditLog(database), log, close };
});
