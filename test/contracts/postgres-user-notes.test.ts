import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresUserNotes } from '../../src/storage/postgres-user-notes.ts';
import { openDatabase } from './postgres-database.ts';
import { userNotesContract } from './user-notes.ts';

userNotesContract('notes in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return { notes: new PostgresUserNotes(database), audit: new PostgresAuditLog(database), close };
});
