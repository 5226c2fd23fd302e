import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryChannelRecords } from '../../src/storage/memory/memory-channel-records.ts';
import { channelRecordsContract } from './channel-records.ts';

channelRecordsContract('channels’ records in memory', async () => {
  const store = new MemoryLogStore();
  const log = new MemoryLog(store);
  return { records: new MemoryChannelRecords(store), log, audit: store.audit, close: () => log.close() };
});
