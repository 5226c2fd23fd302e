/** A log in PostgreSQL with the stores beside it. */
import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import type { Database } from '../../src/storage/database.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { createDatabase } from '../support/postgres.ts';
import { valueOf } from './stores.ts';

/** A database of their own that is connected to; `close` removes it. */
export async function openLogAndDatabase(): Promise<{
  database: Database;
  connectionString: string;
  log: PostgresLog;
  close: () => Promise<void>;
}> {
  const test = await createDatabase();
  const { connectionString } = test;
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString, logger }));
  const log = new PostgresLog({ connectionString, owner: 'one', shard: 0, incarnation: 1, logger });
  // Connects now, so that no test seems to leak what they share.
  await Promise.all([database.query('select 1', []), log.fence()]);
  return {
    ...{ database, log, connectionString },
    close: async () => {
      await log.close();
      await database.close();
      await test.drop();
    },
  };
}
