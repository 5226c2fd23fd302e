import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryActivity } from '../../src/storage/memory/memory-activity.ts';
import { MemorySessions } from '../../src/storage/memory/memory-sessions.ts';
import { activityContract } from './activity.ts';

activityContract('activity in memory', async () => {
  const logs = new MemoryLogStore();
  const sessions = new MemorySessions();
  const activity = new MemoryActivity({ sessions, logs });
  return { log: new MemoryLog(logs), sessions, activity, close: async () => undefined };
});
