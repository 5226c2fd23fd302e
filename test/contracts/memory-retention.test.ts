import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryChannelRecords } from '../../src/storage/memory/memory-channel-records.ts';
import { MemoryHeld } from '../../src/storage/memory/memory-held.ts';
import { MemoryReadMarks } from '../../src/storage/memory/memory-read-marks.ts';
import { MemoryRetention } from '../../src/storage/memory/memory-retention.ts';
import { MemorySearch } from '../../src/storage/memory/memory-search.ts';
import { retentionContract, STEP } from './retention.ts';

retentionContract('MemoryRetention', async () => {
  const store = new MemoryLogStore();
  return {
    retention: new MemoryRetention(store, STEP),
    log: new MemoryLog(store),
    records: new MemoryChannelRecords(store),
    marks: new MemoryReadMarks(store),
    held: new MemoryHeld(store),
    search: new MemorySearch(store, { now: Date.now, findPerson: async () => null }),
    close: async () => undefined,
  };
});
