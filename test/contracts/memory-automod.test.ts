import { MemoryAutomod } from '../../src/storage/memory/memory-automod.ts';
import { automodContract } from './automod-store.ts';

automodContract('automod in memory', async () => {
  const automod = new MemoryAutomod();
  return { automod, audit: automod.audit, close: async () => undefined };
});
