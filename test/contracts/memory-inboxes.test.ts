import { MemoryInboxes } from '../../src/storage/memory/memory-inboxes.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { inboxStoreContract } from './inbox-store.ts';

inboxStoreContract('MemoryInboxes', async () => {
  const store = new MemoryLogStore();
  const inboxes = new MemoryInboxes(store);
  return {
    inboxes,
    one: new MemoryLog(store),
    two: new MemoryLog(store),
    addPerson: async (person) => {
      inboxes.addPerson(person);
    },
    close: async () => undefined,
  };
});
