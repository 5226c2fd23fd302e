import { MemoryActivity } from '../../src/storage/memory/memory-activity.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemorySessions } from '../../src/storage/memory/memory-sessions.ts';
import { sessionsContract } from './sessions.ts';

sessionsContract('sessions in memory', async () => {
  let now = 0;
  const sessions = new MemorySessions(() => (now += 1));
  return {
    sessions,
    activity: new MemoryActivity({ sessions, logs: new MemoryLogStore() }),
    close: async () => undefined,
  };
});
