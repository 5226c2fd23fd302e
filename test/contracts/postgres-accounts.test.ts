import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { createDatabase } from '../support/postgres.ts';
import { accountChangesContract } from './account-changes.ts';
import { signingKeysContract } from './signing-keys.ts';
import { valueOf } from './stores.ts';

async function open() {
  const test = await createDatabase();
  const logger = pino({ level: 'silent' });
  const database = valueOf(await connectDatabase({ connectionString: test.connectionString, logger }));
  // Connects now, so that no test seems to leak what they share.
  await database.query('select 1', []);
  return {
    accounts: new PostgresAccounts(database),
    names: new PostgresNames(database),
    security: new PostgresSecurity(database),
    keys: new PostgresSigningKeys(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

accountChangesContract('accounts that change, in PostgreSQL', open);
signingKeysContract('signing keys in PostgreSQL', open);
