import { MemoryChannelRecords } from '../../src/storage/memory/memory-channel-records.ts';
import { MemoryLogHeads } from '../../src/storage/memory/memory-log-heads.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { logHeadsContract } from './log-heads.ts';

logHeadsContract('MemoryLogHeads', async () => {
  const store = new MemoryLogStore();
  const heads = new MemoryLogHeads(store);
  return {
    heads,
    log: new MemoryLog(store),
    channels: new MemoryChannelRecords(store),
    tell: async (run, isHere) => {
      heads.servers = isHere ? [run] : [];
    },
    close: async () => undefined,
  };
});
