import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryHeld } from '../../src/storage/memory/memory-held.ts';
import { heldContract } from './held-store.ts';

heldContract('held messages in memory', async () => {
  const store = new MemoryLogStore();
  const log = new MemoryLog(store);
  return { held: new MemoryHeld(store), log, audit: store.audit, close: () => log.close() };
});
