/** What the stores in PostgreSQL run their contracts on. */
import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import type { Database } from '../../src/storage/database.ts';
import { createDatabase } from '../support/postgres.ts';
import { valueOf } from './stores.ts';

/** A database of their own that is connected to; `close` removes it. */
export async function openDatabase(): Promise<{ database: Database; close: () => Promise<void> }> {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    database,
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}
