import { PostgresActivity } from '../../src/storage/postgres-activity.ts';
import { PostgresSessions } from '../../src/storage/postgres-sessions.ts';
import { openDatabase } from './postgres-database.ts';
import { sessionsContract } from './sessions.ts';

sessionsContract('sessions in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return { sessions: new PostgresSessions(database), activity: new PostgresActivity(database), close };
});
