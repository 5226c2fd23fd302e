import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { PostgresSigningKeys } from '../../src/storage/postgres-signing-keys.ts';
import { accountChangesContract } from './account-changes.ts';
import { openDatabase } from './postgres-database.ts';
import { signingKeysContract } from './signing-keys.ts';

async function open() {
  const { database, close } = await openDatabase();
  return {
    accounts: new PostgresAccounts(database),
    names: new PostgresNames(database),
    security: new PostgresSecurity(database),
    keys: new PostgresSigningKeys(database),
    close,
  };
}

accountChangesContract('accounts that change, in PostgreSQL', open);
signingKeysContract('signing keys in PostgreSQL', open);
