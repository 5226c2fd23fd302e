import { PostgresActivity } from '../../src/storage/postgres-activity.ts';
import { PostgresSessions } from '../../src/storage/postgres-sessions.ts';
import { activityContract } from './activity.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';

activityContract('activity in PostgreSQL', async () => {
  const { database, log, close } = await openLogAndDatabase();
  return { log, sessions: new PostgresSessions(database), activity: new PostgresActivity(database), close };
});
