import { PostgresAccounts } from '../../src/storage/postgres-accounts.ts';
import { PostgresNames } from '../../src/storage/postgres-names.ts';
import { PostgresSanctions } from '../../src/storage/postgres-sanctions.ts';
import { PostgresSecurity } from '../../src/storage/postgres-security.ts';
import { PostgresUserDirectory } from '../../src/storage/postgres-user-directory.ts';
import { PostgresUsers } from '../../src/storage/postgres-users.ts';
import { openDatabase } from './postgres-database.ts';
import { userDirectoryContract } from './user-directory.ts';

userDirectoryContract('users by name in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    directory: new PostgresUserDirectory(database),
    accounts: new PostgresAccounts(database),
    names: new PostgresNames(database),
    users: new PostgresUsers(database),
    security: new PostgresSecurity(database),
    sanctions: new PostgresSanctions(database),
    close,
  };
});
