import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemorySearch } from '../../src/storage/memory/memory-search.ts';
import { nameKey } from '../../src/protocol/text.ts';
import { messageSearchContract, SEARCHED_AT } from './message-search.ts';

messageSearchContract('MemorySearch', async () => {
  const store = new MemoryLogStore();
  const people = new Map<string, string>();
  const findPerson = async (name: string) => people.get(nameKey(name.trim())) ?? null;
  return {
    search: new MemorySearch(store, { now: () => SEARCHED_AT, findPerson }),
    log: new MemoryLog(store),
    addPerson: async ({ id, name }) => void people.set(nameKey(name), id),
    close: async () => undefined,
  };
});
