import { PostgresUsers } from '../../src/storage/postgres-users.ts';
import { openDatabase } from './postgres-database.ts';
import { usersContract } from './users.ts';

usersContract('users in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    users: new PostgresUsers(database),
    close,
  };
});
