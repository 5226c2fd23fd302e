import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { createDatabase } from '../support/postgres.ts';
import { auditLogContract } from './audit-log.ts';
import { valueOf } from './stores.ts';

auditLogContract('the audit log in PostgreSQL', async () => {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString, logger }));
  const log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  // Connects now, so that no test seems to leak what they share.
  await Promise.all([database.query('select 1', []), log.fence()]);
  return {
    audit: new PostgresAuditLog(database),
    log,
    close: async () => {
      await log.close();
      await database.close();
      await test.drop();
    },
  };
});
