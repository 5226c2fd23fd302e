import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { auditLogContract } from './audit-log.ts';

auditLogContract('the audit log in memory', async () => {
  const store = new MemoryLogStore();
  return { audit: store.audit, log: new MemoryLog(store), close: async () => undefined };
});
