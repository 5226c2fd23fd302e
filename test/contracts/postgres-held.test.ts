import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresHeld } from '../../src/storage/postgres-held.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { createDatabase } from '../support/postgres.ts';
import { heldContract } from './held-store.ts';
import { valueOf } from './stores.ts';

heldContract('held messages in PostgreSQL', async () => {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString, logger, max: 3 }));
  const log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  // Connects now, so that no test seems to leak what they share.
  await Promise.all([log.fence(), ...[1, 2, 3].map(() => database.query('select pg_sleep(0.05)', []))]);
  return {
    ...{ held: new PostgresHeld(database), log, audit: new PostgresAuditLog(database) },
    close: async () => {
      await Promise.all([log.close(), database.close()]);
      await test.drop();
    },
  };
});
