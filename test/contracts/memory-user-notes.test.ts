import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { MemoryUserNotes } from '../../src/storage/memory/memory-user-notes.ts';
import { userNotesContract } from './user-notes.ts';

userNotesContract('notes in memory', async () => {
  const audit = new MemoryAuditLog();
  return { notes: new MemoryUserNotes(audit), audit, close: async () => undefined };
});
