import { MemoryReadMarks } from '../../src/storage/memory/memory-read-marks.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { readMarksContract } from './read-marks.ts';

readMarksContract('MemoryReadMarks', async () => {
  const store = new MemoryLogStore();
  return { marks: new MemoryReadMarks(store), log: new MemoryLog(store), close: async () => undefined };
});
