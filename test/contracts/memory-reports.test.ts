import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryReports } from '../../src/storage/memory/memory-reports.ts';
import { reportsContract } from './reports.ts';

reportsContract('reports in memory', async () => {
  const store = new MemoryLogStore();
  return {
    reports: new MemoryReports(store),
    audit: store.audit,
    log: new MemoryLog(store),
    close: async () => undefined,
  };
});
